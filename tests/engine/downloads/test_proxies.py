"""Mirrors are reached through the proxy of the settings, or that of the environment."""

import socket
import ssl
import threading
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from engine.downloads.http import ConnectionSettings, MirrorError, open_url
from engine.downloads.proxies import proxy_handlers
from engine.errors import sentence

FAR = "https://mirror.invalid/model"


def proxies(url: str, chosen: str | None) -> dict[str, str]:
    (handler,) = proxy_handlers(url, chosen)
    assert isinstance(handler, ProxyHandler)
    return dict(vars(handler)["proxies"])


@pytest.fixture(autouse=True)
def _no_proxies_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_way_is_direct_without_a_proxy() -> None:
    assert proxies(FAR, None) == {}


def test_the_settings_proxy_is_used_for_both_schemes() -> None:
    assert proxies(FAR, "http://a:1") == {"http": "http://a:1", "https": "http://a:1"}


def test_the_environments_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://b:2")
    assert proxies(FAR, None)["https"] == "http://b:2"
    assert proxies("http://127.0.0.1:1/x", None) == {}


class Socks:
    """A SOCKS5 proxy that notes which host it is asked for, and then hangs up."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.asked: list[tuple[str, int]] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client:
                count = client.recv(2)[1]
                client.recv(count)
                client.sendall(b"\x05\x00")
                assert client.recv(4) == b"\x05\x01\x00\x03"  # a name, which the proxy looks up
                host = client.recv(client.recv(1)[0])
                port = int.from_bytes(client.recv(2), "big")
                self.asked.append((host.decode(), port))
                client.sendall(b"\x05\x00\x00\x01" + bytes(6))


@pytest.fixture
def socks() -> Iterator[Socks]:
    proxy = Socks()
    yield proxy
    proxy.server.close()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_looks_up_the_host_itself(scheme: str, socks: Socks) -> None:
    handlers = proxy_handlers(FAR, f"{scheme}://127.0.0.1:{socks.port}")
    with pytest.raises((URLError, ssl.SSLError, OSError)):
        build_opener(*handlers).open(Request(FAR), timeout=5)
    assert socks.asked == [("mirror.invalid", 443)]


def test_a_proxy_that_is_not_there_is_named_without_its_password() -> None:
    connection = ConnectionSettings(proxy="socks5://anna:secret@127.0.0.1:9", timeout_s=5)
    with pytest.raises(MirrorError) as caught, open_url(FAR, 0, "", connection):
        pass
    told = sentence(caught.value, "en")
    assert "socks5://127.0.0.1:9" in told and "secret" not in told
