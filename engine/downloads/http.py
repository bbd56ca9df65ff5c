"""One HTTP request to one mirror, from an offset, with errors that name only the host."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from time import monotonic
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import BaseHandler, Request, build_opener

from engine.downloads.proxies import proxy_handlers
from engine.errors import EngineError
from store.proxy import proxy_for, shown_proxy, wants_login
from store.system.addresses import is_loopback

CHUNK = 1 << 18


@dataclass(frozen=True)
class ConnectionSettings:
    """The way to the mirrors, and how slow one may be before it is given up."""

    proxy: str | None = None  # None: the environment's, if it names one
    timeout_s: float = 20.0  # for a connection, and for the next bytes of an answer
    slow_s: float = 60.0  # in each period of so long at least `slow_bytes` have to arrive
    slow_bytes: int = 1 << 18
    tries: int = 3  # in a row of a mirror that breaks off, without `gain` bytes between them
    gain: int = 1 << 20
    pause_s: float = 1.0  # before a retry, times its number


class MirrorError(EngineError):
    """Why a mirror did not send the file; names its host only, as a URL can contain keys."""

    def __init__(self, key: str, url: str, *, again: bool = False, **values: object) -> None:
        super().__init__(key, host=host_of(url), **values)
        self.again = again  # it broke off in the middle: the same mirror may be retried


@dataclass(frozen=True)
class HttpAnswer:
    """The response of a mirror, its body still to be read."""

    url: str
    start: int  # the first byte
    total: int | None  # of the whole file
    validator: str  # a strong ETag or a date, the same as long as the file is the same
    ends: bool  # the end of the body can be recognised
    body: HTTPResponse
    connection: ConnectionSettings

    def chunks(self) -> Iterator[bytes]:
        """Yield the body; raise MirrorError where the connection breaks or stalls."""
        since, received = monotonic(), 0
        while True:
            try:
                chunk = self.body.read1(CHUNK)  # read() would wait until the chunk is full
            except TimeoutError as error:
                raise MirrorError("mirror-stalled", self.url, again=True) from error
            except (OSError, HTTPException) as error:
                raise MirrorError("mirror-broke-off", self.url, again=True) from error
            if not chunk:
                return
            yield chunk
            received += len(chunk)
            if (now := monotonic()) - since >= self.connection.slow_s:
                if received < self.connection.slow_bytes:
                    raise MirrorError("mirror-stalled", self.url, again=True)
                since, received = now, 0


REFERERS = {"app.koofr.net": "https://app.koofr.net/"}  # hosts that refuse requests without one


@contextmanager
def open_url(
    url: str, offset: int, validator: str, connection: ConnectionSettings
) -> Iterator[HttpAnswer]:
    """Request the file from `offset` on; the mirror may send it from its start instead.

    Raises MirrorError for every other response.
    """
    if not allowed(url):  # urllib would open file: too
        raise MirrorError("mirror-not-https", url)
    headers = {"User-Agent": "Mazok", "Accept-Encoding": "identity"}
    if referer := REFERERS.get(host_of(url)):
        headers["Referer"] = referer
    if offset:
        headers["Range"] = f"bytes={offset}-"
        if validator:
            headers["If-Range"] = validator
    with _opened(Request(url, headers=headers), connection) as body:
        yield _answer(url, body, offset, validator, connection)


def allowed(url: str) -> bool:
    """Return whether the URL is of https, or of http on this machine."""
    try:
        parts = urlsplit(url)
        return parts.username is None and (
            (parts.scheme == "https" and bool(parts.hostname))
            or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        )
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Return the host of a URL, the only part of it that may be shown."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


class _RedirectGuard(BaseHandler):
    """Check every request of a chain of redirects, the first included, before it is sent."""

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


@contextmanager
def _opened(request: Request, connection: ConnectionSettings) -> Iterator[HTTPResponse]:
    url = request.full_url
    try:
        opener = build_opener(_RedirectGuard(url), *proxy_handlers(url, connection.proxy))
        body = opener.open(request, timeout=connection.timeout_s)
    except HTTPError as error:
        error.close()
        key = "mirror-range" if error.code == 416 else "mirror-status"
        raise MirrorError(key, url, status=error.code) from None  # its text could contain the URL
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        if proxy := proxy_for(url, connection.proxy):
            raise unreachable(url, proxy, reason) from None
        raise _connection_error(url, reason) from None
    with body:
        yield body


def unreachable(url: str, proxy: str | None, reason: object) -> MirrorError:
    """Return the error for a URL that cannot be reached, through a proxy or without one."""
    if not proxy:
        return MirrorError("mirror-unreachable", url, reason=reason)
    shown = shown_proxy(proxy)
    if wants_login(reason):
        return MirrorError("mirror-proxy-login", url, proxy=shown)
    return MirrorError("mirror-proxy", url, proxy=shown, reason=reason)


def _connection_error(url: str, reason: object) -> MirrorError:
    match reason:
        case TimeoutError():
            return MirrorError("mirror-silent", url)
        case socket.gaierror():
            return MirrorError("mirror-unknown-host", url)
        case ssl.SSLError():
            return MirrorError("mirror-certificate", url)
        case OSError() if reason.strerror:
            return unreachable(url, None, reason)
        case _:
            return MirrorError("mirror-nonsense", url)


def _answer(
    url: str, body: HTTPResponse, offset: int, validator: str, connection: ConnectionSettings
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
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", body.headers.get("Content-Range", ""))
        if not offset or not match or int(match[1]) != offset:
            raise MirrorError("mirror-nonsense", url)
        if validator and own and own != validator:  # it obeys Range, but not If-Range
            raise MirrorError("mirror-range", url)
        start, total = offset, None if match[2] == "*" else int(match[2])
    ends = total is not None or bool(body.chunked)
    return HttpAnswer(url, start, total, own, ends, body, connection)


def _validator(body: HTTPResponse) -> str:
    tag = str(body.headers.get("ETag", ""))
    if tag.startswith('"'):  # a weak one does not identify the bytes
        return tag
    return str(body.headers.get("Last-Modified", ""))
