"""One question to one mirror: from which byte on, of which file, how long; or why not."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from time import monotonic
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import BaseHandler, OpenerDirector, ProxyHandler, Request, build_opener

from engine.errors import EngineError

CHUNK = 1 << 18


@dataclass(frozen=True)
class Timeouts:
    """How long a mirror may be slow before it counts as broken."""

    timeout_s: float = 20.0  # for a connection, and for the next bytes of an answer
    slow_s: float = 60.0  # in each such stretch of time at least so many bytes have to come
    slow_bytes: int = 1 << 18
    tries: int = 3  # of a mirror that breaks off, in a row, without `gain` between them
    gain: int = 1 << 20
    pause_s: float = 1.0  # before the next try, times its number


class MirrorError(EngineError):
    """Why a mirror did not give the file; the words name its host only, for a URL can hold keys."""

    def __init__(self, key: str, url: str, *, again: bool = False, **values: object) -> None:
        super().__init__(key, host=host_of(url), **values)
        self.again = again  # it broke off in the middle: the same mirror may go on


@dataclass(frozen=True)
class HttpAnswer:
    """What a mirror is about to send."""

    url: str
    start: int  # the first byte
    total: int | None  # of the whole file
    validator: str  # a strong ETag or a date: the same as long as the file is the same
    ends: bool  # that its body is whole can be seen
    body: HTTPResponse
    timeouts: Timeouts

    def chunks(self) -> Iterator[bytes]:
        """Raises MirrorFault where the connection breaks or stalls."""
        since, came = monotonic(), 0
        while True:
            try:
                chunk = self.body.read1(CHUNK)  # read() would wait for ever on a trickle
            except TimeoutError as error:
                raise MirrorError("mirror-stalled", self.url, again=True) from error
            except (OSError, HTTPException) as error:
                raise MirrorError("mirror-broke-off", self.url, again=True) from error
            if not chunk:
                return
            yield chunk
            came += len(chunk)
            if (now := monotonic()) - since >= self.timeouts.slow_s:
                if came < self.timeouts.slow_bytes:
                    raise MirrorError("mirror-stalled", self.url, again=True)
                since, came = now, 0


@contextmanager
def open_url(url: str, offset: int, validator: str, timeouts: Timeouts) -> Iterator[HttpAnswer]:
    """The file from `offset` on, or from its start if the mirror so decides; else MirrorFault."""
    if not allowed(url):  # urllib itself would open file: too
        raise MirrorError("mirror-not-https", url)
    headers = {"User-Agent": "Mazok", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        if validator:
            headers["If-Range"] = validator
    with _opened(Request(url, headers=headers), timeouts.timeout_s) as body:
        yield _answer(url, body, offset, validator, timeouts)


def allowed(url: str) -> bool:
    """https, or http that does not leave this machine."""
    try:
        parts = urlsplit(url)
        return parts.username is None and (
            (parts.scheme == "https" and bool(parts.hostname))
            or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
        )
    except ValueError:
        return False


def host_of(url: str) -> str:
    """All of a URL that may be shown."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _Guard(BaseHandler):
    """Sees every request of a chain of redirects, the first included, before it leaves."""

    def __init__(self, url: str) -> None:
        self._mirror = url
        self._secure = url.lower().startswith("https:")

    def http_request(self, request: Request) -> Request:
        secure = request.full_url.lower().startswith("https:")
        if not allowed(request.full_url) or (self._secure and not secure):
            raise MirrorError("mirror-not-https", self._mirror)
        self._secure = secure
        return request

    https_request = ftp_request = http_request


def _opener(url: str) -> OpenerDirector:
    # A proxy of the environment would look for this machine's own addresses on its own machine.
    direct = [ProxyHandler({})] if _is_loopback(urlsplit(url).hostname or "") else []
    return build_opener(_Guard(url), *direct)


@contextmanager
def _opened(request: Request, timeout_s: float) -> Iterator[HTTPResponse]:
    url = request.full_url
    try:
        body = _opener(url).open(request, timeout=timeout_s)
    except HTTPError as error:
        error.close()
        key = "mirror-range" if error.code == 416 else "mirror-status"
        raise MirrorError(key, url, status=error.code) from None  # its text could hold the URL
    except (OSError, HTTPException, ValueError) as error:
        raise _silence(url, error) from None
    with body:
        yield body


def _silence(url: str, error: BaseException) -> MirrorError:
    reason = error.reason if isinstance(error, URLError) else error
    match reason:
        case TimeoutError():
            return MirrorError("mirror-silent", url)
        case socket.gaierror():
            return MirrorError("mirror-unknown-host", url)
        case ssl.SSLError():
            return MirrorError("mirror-certificate", url)
        case OSError() if reason.strerror:
            return MirrorError("mirror-unreachable", url, reason=reason.strerror)
        case _:
            return MirrorError("mirror-nonsense", url)


def _answer(
    url: str, body: HTTPResponse, offset: int, validator: str, timeouts: Timeouts
) -> HttpAnswer:
    kind = body.headers.get_content_type()
    encoding = body.headers.get("Content-Encoding", "identity")
    if kind == "text/html":
        raise MirrorError("mirror-page", url)
    if encoding != "identity" or body.status not in (200, 206):
        raise MirrorError("mirror-nonsense", url)
    own = _validator(body)
    start, total = 0, body.length
    if body.status == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", body.headers.get("Content-Range", ""))
        if not offset or not found or int(found[1]) != offset:
            raise MirrorError("mirror-nonsense", url)
        if validator and own and own != validator:  # it heeds Range, but not If-Range
            raise MirrorError("mirror-range", url)
        start, total = offset, None if found[2] == "*" else int(found[2])
    ends = total is not None or bool(body.chunked)
    return HttpAnswer(url, start, total, own, ends, body, timeouts)


def _validator(body: HTTPResponse) -> str:
    tag = str(body.headers.get("ETag", ""))
    if tag.startswith('"'):  # a weak one stands for files that are only alike
        return tag
    return str(body.headers.get("Last-Modified", ""))
