"""Which proxy leads to an address: the one of the settings, or that of the environment."""

import re
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from store.errors import WrongSetting
from store.system.addresses import is_loopback

LOGIN_WANTED = re.compile(r"(?<![\d:])407\b|authentication|password", re.IGNORECASE)
SCHEMES = ("http", "https", "socks4", "socks5", "socks5h")


def proxy_for(url: str, chosen: str | None) -> str | None:
    """Return the proxy's address for a URL, or None for a direct connection.

    `chosen` wins over HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; NO_PROXY holds for these alone. This
    machine's own addresses are never asked for through a proxy.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    if chosen:
        return chosen
    found = getproxies_environment()
    proxy = found.get(parts.scheme) or found.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def checked_proxy(value: str) -> str:
    """Return the address of a proxy; raise WrongSetting, with what it must look like."""
    parts = urlsplit(value)
    if parts.scheme not in SCHEMES or not parts.hostname or not parts.port:
        raise WrongSetting("setting-proxy")
    return value


def shown_proxy(proxy: str) -> str:
    """Return the proxy's address without its user and password."""
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.hostname}:{parts.port}"


def wants_login(error: object) -> bool:
    """Return whether a proxy refused a connection for want of the right user and password.

    HTTP has status 407 for it (RFC 9110); the libraries only have words for that of SOCKS5.
    """
    return bool(LOGIN_WANTED.search(f"{error}"))
