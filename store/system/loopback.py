"""Serve a page to this machine alone: its files, a check of Host and Origin, and headers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from store.system.addresses import is_loopback

__all__ = ["PageFile", "add_headers", "is_loopback", "page_files", "refuse_foreign"]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; media-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
# No public DNS has names in these (RFC 6761): a proxy or a test of one's own leads here by them.
NOWHERE = (".invalid", ".test")


@dataclass(frozen=True)
class PageFile:
    """A file of a page, in memory."""

    body: bytes
    kind: str  # its media type

    def response(self) -> web.Response:
        """Return the answer to a request for it."""
        return web.Response(body=self.body, content_type=self.kind, charset="utf-8")


def page_files(folder: Path) -> Mapping[str, PageFile]:
    """Read the files of a page by their names now, so that no request reaches the disk."""
    return {
        path.name: PageFile(path.read_bytes(), _KINDS[path.suffix])
        for path in folder.iterdir()
        if path.suffix in _KINDS
    }


def refuse_foreign(names: Collection[str]) -> Middleware:
    """Return what refuses all but programs of this machine and the page itself.

    A name that leads here (DNS rebinding) shows in Host, a foreign page in Origin, and where a
    browser sends none for a plain GET in Sec-Fetch-Site. Only following a link to a page is free.
    names: further names of this machine.
    """

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = urlsplit(f"//{request.host}").hostname or ""
        if not (is_loopback(host) or host in names or host.endswith(NOWHERE)):
            raise web.HTTPForbidden(text="this server answers under its loopback address only")
        origin = request.headers.get("Origin")
        follows_link = request.headers.get("Sec-Fetch-Mode") == "navigate"
        opens_page = follows_link and request.method == "GET" and request.path.endswith("/")
        site = request.headers.get("Sec-Fetch-Site", "none")
        foreign = site not in ("none", "same-origin") and not opens_page
        if foreign or origin not in (None, f"{request.scheme}://{request.host}"):
            raise web.HTTPForbidden(text="this server answers its own page only")
        return await handler(request)

    return refuse


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add headers that allow no script, frame or request but the page's own."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
