"""No address that a person writes is ever opened, by any part of the bot or the store."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.errors import RequestError
from store.files.files import Files, InvalidKey
from store.request.request import DrawRequest
from tests.fixtures.bot import BotHarness

ADDRESSES = (
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]:8080/",
    "http://127.0.0.1:5432/",
    "http://0x7f000001/",
    "https://example.org@169.254.169.254/",
    "file:///etc/passwd",
    "s3://bucket/key",
    "ftp://127.0.0.1/",
)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Return what is looked up or connected to meanwhile."""
    seen: list[Any] = []

    def refuse(*arguments: Any, **named: Any) -> None:
        seen.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield seen


@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_in_a_message_is_a_text(
    harness: BotHarness, connections: list[Any], address: str
) -> None:
    await harness.say(address)
    await harness.say(f"/draw {address} | a cat")
    await harness.say(f"/draw a cat --init {address} --target {address}")
    await harness.say(f"/like {address}")
    await harness.say(f"/style {address}")
    shown: dict[str, Any] = {
        "link_preview_options": {"url": address},
        "entities": [{"type": "url", "offset": 0, "length": len(address)}],
    }
    await harness.say(address, **shown)
    assert connections == []
    for job in await harness.jobs():
        assert job.request.sources == ()


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_no_key_and_no_picture_of_a_request(
    tmp_path: Path, connections: list[Any], address: str
) -> None:
    files = Files(str(tmp_path))
    for attempt in (files.read, files.exists, files.delete, files.keys):
        with pytest.raises(InvalidKey):
            attempt(address)
    try:
        sources = DrawRequest("кот", init=address).sources
    except RequestError:
        sources = ()
    for source in sources:  # a request may name it, but nothing can read it
        with pytest.raises(InvalidKey):
            files.read(source)
    assert connections == []
