"""Telegram is reached through a proxy: that of the settings, or that of the environment."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe

from bot.session import describe_route, open_session
from bot.settings import SettingsError, load
from sandbox.server import Sandbox
from store.proxy import proxy_for, shown_proxy

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


class Proxy:
    """A proxy on this machine that leads every host to one port, by HTTP or by SOCKS5."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.asked: list[str] = []

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split()[1].decode())
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await self._join(reader, writer)

    async def socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count = (await reader.readexactly(2))[1]
        await reader.readexactly(count)
        writer.write(b"\x05\x00")
        assert (await reader.readexactly(4))[3] == 3, "the proxy looks the name up"
        host = await reader.readexactly((await reader.readexactly(1))[0])
        await reader.readexactly(2)
        self.asked.append(host.decode())
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await self._join(reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@pytest.fixture(params=["http", "socks5", "socks5h"])
async def proxy(
    request: pytest.FixtureRequest, telegram: Sandbox
) -> AsyncIterator[tuple[Proxy, str]]:
    proxy = Proxy(int(telegram.url.rpartition(":")[2]))
    handler = proxy.http if request.param == "http" else proxy.socks
    async with await asyncio.start_server(handler, "127.0.0.1", 0) as server:
        yield proxy, f"{request.param}://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_call_goes_through_the_proxy(proxy: tuple[Proxy, str], telegram: Sandbox) -> None:
    seen, address = proxy
    server = TelegramAPIServer.from_base("http://telegram.invalid:80")
    async with Bot(telegram.token, session=open_session(server, address)) as bot:
        assert (await bot(GetMe())).is_bot
        assert address.replace("socks5h", "socks5") in describe_route(bot)
    assert "telegram.invalid" in seen.asked[0]


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
