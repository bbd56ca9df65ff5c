"""The proxy breaks connections as it is told, and otherwise passes everything on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.fixtures.network.fault_proxy import FaultProxy, fault_proxy

LINE = b"x" * 1000 + b"\n"


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while line := await reader.readline():
                writer.write(line)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with fault_proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()
    await server.wait_closed()


class _Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self) -> bytes:
        self.writer.write(LINE)
        return await asyncio.wait_for(self.reader.readline(), 5)


async def _connect(proxy: FaultProxy) -> _Client:
    return _Client(*await asyncio.open_connection("127.0.0.1", proxy.port))


async def test_it_passes_on_what_nobody_breaks(proxy: FaultProxy) -> None:
    client = await _connect(proxy)
    assert await client.ask() == LINE
    with proxy.delayed(0.05):
        assert await client.ask() == LINE
    client.writer.close()
    assert proxy.faults == 0


async def test_a_cut_connection_ends_and_a_reset_one_breaks(proxy: FaultProxy) -> None:
    client = await _connect(proxy)
    assert await client.ask() == LINE
    proxy.cut()
    assert await client.reader.read() == b""
    client.writer.close()
    client = await _connect(proxy)
    assert await client.ask() == LINE
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await client.reader.read()
    client.writer.close()


async def test_half_an_answer_arrives_and_the_next_connection_is_whole(proxy: FaultProxy) -> None:
    with proxy.halving():
        client = await _connect(proxy)
        with pytest.raises(ConnectionResetError):
            assert 0 < len(await client.ask()) < len(LINE)
            await client.reader.read()
        client.writer.close()
    client = await _connect(proxy)
    assert await client.ask() == LINE
    client.writer.close()


async def test_it_refuses_until_it_takes_connections_again(proxy: FaultProxy) -> None:
    with proxy.refusing():
        client = await _connect(proxy)
        with pytest.raises(ConnectionResetError):
            await client.ask()
        client.writer.close()
    client = await _connect(proxy)
    assert await client.ask() == LINE
    client.writer.close()
