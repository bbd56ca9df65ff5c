"""Telegram is reached through a proxy: that of the settings, or that of the environment."""

import pytest
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe

from bot.session import describe_route, open_session
from bot.settings import SettingsError, load
from sandbox.server import Sandbox
from store.proxy import proxy_for, shown_proxy
from tests.fixtures.network.proxy import proxy_here

FAR = "https://api.telegram.org"


@pytest.mark.parametrize(
    ("environment", "chosen", "proxy"),
    [
        ({}, None, None),
        ({"HTTPS_PROXY": "http://a:1"}, None, "http://a:1"),
        ({"https_proxy": "a:1"}, None, "http://a:1"),
        ({"ALL_PROXY": "socks5://a:1"}, None, "socks5://a:1"),
        ({"HTTP_PROXY": "http://a:1"}, None, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "telegram.org"}, None, None),
        ({"HTTPS_PROXY": "http://a:1"}, "socks5://b:2", "socks5://b:2"),
        ({"NO_PROXY": "*"}, "socks5://b:2", "socks5://b:2"),
    ],
)
def test_the_settings_win_over_the_environment(
    environment: dict[str, str],
    chosen: str | None,
    proxy: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(FAR, chosen) == proxy


@pytest.mark.parametrize("url", ["http://localhost:8081", "http://127.0.0.1:1", "http://[::1]:1"])
def test_this_machine_is_asked_directly(url: str) -> None:
    assert proxy_for(url, "socks5://b:2") is None


def test_a_password_is_never_shown() -> None:
    assert shown_proxy("socks5://anna:secret@host:1080") == "socks5://host:1080"


@pytest.mark.parametrize("value", ["host:1080", "ftp://host:1", "socks5://host", "http://:80"])
def test_a_wrong_address_is_one_line(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZOK_PROXY", value)
    with pytest.raises(SettingsError, match=r"MAZOK_PROXY is wrong: .*http://host:port"):
        load()


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
async def test_a_call_goes_through_the_proxy(scheme: str, locked: bool, telegram: Sandbox) -> None:
    server = TelegramAPIServer.from_base("http://telegram.invalid:80")
    with proxy_here(scheme, telegram.port, locked=locked) as proxy:
        session = open_session(server, proxy.address(scheme))
        async with Bot(telegram.token, session=session) as bot:
            assert (await bot(GetMe())).is_bot
            shown = f"{scheme}://127.0.0.1:{proxy.port}".replace("socks5h", "socks5")
            assert describe_route(bot) == f"through the proxy {shown}"
    assert set(proxy.asked) == {"telegram.invalid"}


async def test_a_proxy_that_is_not_there_is_a_lost_connection() -> None:
    server = TelegramAPIServer.from_base("http://telegram.invalid:80")
    session = open_session(server, "socks5://127.0.0.1:9")
    async with Bot("42:" + "A" * 35, session=session) as bot:
        with pytest.raises(TelegramNetworkError):
            await bot(GetMe())


def test_without_a_proxy_the_hint_names_the_setting() -> None:
    server = TelegramAPIServer.from_base("http://127.0.0.1:1")
    assert "MAZOK_PROXY" in describe_route(
        Bot("42:" + "A" * 35, session=open_session(server, None))
    )
