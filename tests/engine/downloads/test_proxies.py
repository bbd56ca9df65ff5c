"""Mirrors are reached through the proxy of the settings, or that of the environment."""

import gc
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler

import huggingface_hub
import pytest
import trustme
from huggingface_hub import constants

from engine.downloads.http import ConnectionSettings
from engine.downloads.proxies import proxy_handlers
from engine.errors import DownloadError, sentence
from tests.fixtures.models.hub import ON_HUB, HubMirrors
from tests.fixtures.models.mirror import DATA, Mirrors, get, known, mirrors_here, serves
from tests.fixtures.network.proxy import proxy_here

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


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Mirrors, int]]:
    """The mirrors as `mirror.invalid`, by TLS, and the port of this machine where they are."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mirror.invalid").configure_cert(context)
    with mirrors_here(context) as mirrors:
        yield mirrors, int(mirrors.address.rpartition(":")[2])


@pytest.fixture
def hub_invalid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A mirror of the hub that a proxy alone can reach."""
    if not hasattr(huggingface_hub, "close_session"):
        pytest.skip("the hub's library spoke SOCKS by another one before 1.0")
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    gc.freeze()  # so that the collection looks through the objects of this test alone
    yield
    huggingface_hub.close_session()  # it keeps the proxy
    gc.collect()  # it does not close the connections that a proxy refused
    gc.unfreeze()


WAYS = pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])


@WAYS
@pytest.mark.parametrize("locked", [False, True])
def test_a_model_is_fetched_through_the_proxy(
    scheme: str, locked: bool, secure: tuple[Mirrors, int], tmp_path: Path
) -> None:
    mirrors, port = secure
    mirrors.at("/model", serves())
    with proxy_here(scheme, port, locked=locked) as proxy:
        connection = ConnectionSettings(proxy=proxy.address(scheme), timeout_s=10)
        assert get(tmp_path / "model", known(FAR), connection=connection) == DATA
    assert proxy.asked == ["mirror.invalid"]


@WAYS
@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.usefixtures("hub_invalid")
def test_a_model_of_the_hub_is_fetched_through_the_proxy(
    scheme: str, locked: bool, tmp_path: Path
) -> None:
    with mirrors_here() as mirrors:
        HubMirrors(mirrors)
        port = int(mirrors.address.rpartition(":")[2])
        with proxy_here(scheme, port, locked=locked) as proxy:
            connection = ConnectionSettings(proxy=proxy.address(scheme), timeout_s=10)
            assert get(tmp_path / "model", known(ON_HUB), connection=connection) == DATA
    assert "hub.invalid" in proxy.asked


@WAYS
@pytest.mark.parametrize("url", [FAR, ON_HUB])
@pytest.mark.parametrize("login", ["", "anna:wr0ng@"])
@pytest.mark.usefixtures("hub_invalid")
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket")  # those of the hub's library
def test_another_password_is_asked_for(scheme: str, url: str, login: str, tmp_path: Path) -> None:
    with proxy_here(scheme, 9, locked=True) as proxy:
        connection = ConnectionSettings(proxy=proxy.address(scheme, login), timeout_s=10)
        with pytest.raises(DownloadError) as caught:
            get(tmp_path / "model", known(url), connection=connection)
    told = sentence(caught.value, "en")
    assert f"the proxy {scheme}://127.0.0.1:{proxy.port} asks for another user" in told
    assert "wr0ng" not in told


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_not_there_is_named_without_its_password(
    scheme: str, tmp_path: Path
) -> None:
    connection = ConnectionSettings(proxy=f"{scheme}://anna:secret@127.0.0.1:9", timeout_s=5)
    with pytest.raises(DownloadError) as caught:
        get(tmp_path / "model", known(FAR), connection=connection)
    told = sentence(caught.value, "en")
    assert f"through the proxy {scheme}://127.0.0.1:9" in told and "secret" not in told
