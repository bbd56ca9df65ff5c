"""A server on this machine that stands for mirrors of files, good ones and broken ones."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from engine.addresses import Source
from engine.downloads import fetch
from engine.mirrors import Patience

CALM = Patience(timeout_s=10, tries=3, gain=1 << 30, pause_s=0)
HURRIED = Patience(timeout_s=0.4, slow_s=0.3, slow_bytes=1000, tries=1)
DATA = bytes(range(256)) * 2000  # 512 000 bytes, which no socket takes in one go
OTHER = b"x" * len(DATA)
SHA256 = hashlib.sha256(DATA).hexdigest()
KNOWN = {"size_bytes": len(DATA), "sha256": SHA256}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, mirrors: "Mirrors", *arguments: object) -> None:
        self.mirrors = mirrors
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.close_connection = True
        path, _, _ = self.path.partition("?")
        self.mirrors.seen.append((path, self.headers.get("Range", "")))
        self.mirrors.answers[path](self)

    def log_message(self, *_: object) -> None:
        """Nothing: pytest has its own output."""

    def head(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()


Behaviour = Callable[[Handler], None]


@dataclass
class Mirrors:
    """Each path behaves as it is told; `seen` has the path and the Range of every request."""

    address: str
    answers: dict[str, Behaviour] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def at(self, path: str, behaviour: Behaviour) -> str:
        self.answers[path] = behaviour
        return f"http://{self.address}{path}"

    def waits(self, data: bytes = DATA, *, until: int, tag: str = '"1"') -> Behaviour:
        """Sends so many bytes, and the rest once the gate is open."""

        def behave(handler: Handler) -> None:
            handler.head(200, Content_Length=len(data), ETag=tag)
            handler.wfile.write(data[:until])
            self.gate.wait(20)
            handler.wfile.write(data[until:])

        return behave


@contextmanager
def mirrors_here() -> Iterator[Mirrors]:
    mirrors = Mirrors("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, mirrors))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients hang up here
    server.daemon_threads = True
    mirrors.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    try:
        yield mirrors
    finally:
        mirrors.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def serves(
    data: bytes = DATA,
    *,
    tag: str = '"1"',
    ranges: bool = True,
    heeds_if_range: bool = True,
    kind: str = "application/octet-stream",
) -> Behaviour:
    """As a good server does, which gives the rest only of the file that was begun."""

    def behave(handler: Handler) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        same = handler.headers.get("If-Range", tag) == tag or not heeds_if_range
        start = int(asked[1]) if asked and ranges and same else 0
        if start >= len(data):
            handler.head(416, Content_Length=0, Content_Range=f"bytes */{len(data)}")
            return
        headers: dict[str, object] = {"Content_Type": kind, "Content_Length": len(data) - start}
        if tag:
            headers["ETag"] = tag
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        handler.head(206 if start else 200, **headers)
        handler.wfile.write(data[start:])

    return behave


def answers(status: int, **headers: object) -> Behaviour:
    return lambda handler: handler.head(status, Content_Length=0, **headers)


def breaks_off(data: bytes = DATA, *, after: int, tag: str = '"1"') -> Behaviour:
    """Promises the rest of the file and hangs up after so many bytes."""

    def behave(handler: Handler) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        whole = f"bytes {start}-{len(data) - 1}/{len(data)}"
        headers = {"Content_Length": len(data) - start, "ETag": tag, "Content_Range": whole}
        handler.head(206 if start else 200, **headers)
        handler.wfile.write(data[start : start + after])

    return behave


def raw(text: bytes) -> Behaviour:
    """Exactly these bytes, whatever they mean."""

    def behave(handler: Handler) -> None:
        handler.wfile.write(text)

    return behave


def chunked(body: bytes) -> Behaviour:
    return raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)


def known(url: str) -> Source:
    return Source(url, len(DATA), SHA256)


def get(target: Path, *sources: Source, patience: Patience = CALM) -> bytes:
    return fetch(sources, target, patience=patience).read_bytes()


def left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())
