"""Open URLs directly, or through an HTTP or SOCKS proxy."""

import errno
import ssl
from http.client import HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import BaseHandler, HTTPSHandler, ProxyHandler, Request

from engine.errors import EngineError
from store.proxy import proxy_for


def proxy_handlers(url: str, chosen: str | None) -> list[BaseHandler]:
    """Return urllib's handlers for the way to a URL; see `store.proxy.proxy_for`.

    Raises EngineError where the library that speaks SOCKS is not installed.
    """
    proxy = proxy_for(url, chosen)
    if proxy is None:
        return [ProxyHandler({})]
    if proxy.startswith(("http://", "https://")):
        return [ProxyHandler({"http": proxy, "https": proxy})]
    return [ProxyHandler({}), _SocksHandler(proxy)]


class _SocksHandler(HTTPSHandler):
    """Connects through a SOCKS proxy, which looks up the host's name itself."""

    def __init__(self, proxy: str) -> None:
        super().__init__()
        try:
            from python_socks.sync import Proxy
        except ImportError:
            raise EngineError("proxy-library") from None
        self._way = Proxy.from_url(proxy.replace("socks5h://", "socks5://"), rdns=True)

    def https_open(self, request: Request) -> HTTPResponse:
        """Send a request over a connection that the proxy has opened."""
        way, context = self._way, ssl.create_default_context()

        class Connection(HTTPSConnection):
            def connect(self) -> None:
                try:
                    plain = way.connect(self.host, self.port, timeout=self.timeout)
                except TimeoutError:
                    raise
                except Exception as error:  # the library's own kinds have no common family
                    raise OSError(errno.ECONNREFUSED, f"{error}") from None
                self.sock = context.wrap_socket(plain, server_hostname=self.host)

        answer: Any = self.do_open(Connection, request)
        return answer  # type: ignore[no-any-return]
