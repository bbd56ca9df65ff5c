"""Keeps a developer's settings out of the tests, such as a token in `.env`; and threads few."""

import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.settings import BotSettings
from engine.settings import EngineSettings
from store.settings import StoreSettings

if TYPE_CHECKING:
    from aiogram import Bot

    from engine.models import Models
    from sandbox import Sandbox
    from store.database import Database
    from tests.bot_fixtures import Room
    from tests.engine_fixtures import House
    from tests.http_fixtures import Studio
    from tests.mirror_fixtures import Mirrors

# As `engine.studio` does; here torch may be imported without it, so it is set before any test is.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests themselves run side by side


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MAZOK_"):
            monkeypatch.delenv(name)
    for settings in (StoreSettings, BotSettings, EngineSettings):
        monkeypatch.setitem(settings.model_config, "env_file", None)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_disks() -> Iterator[None]:
    """No test ends in a power cut: what it writes need not be on the disk before it goes on."""
    with pytest.MonkeyPatch.context() as during:
        during.setattr("store.sqlite.SYNCHRONOUS", "OFF")
        during.setattr("os.fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptions_arrive() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C; some tests listen for it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _nobodys_levels() -> Iterator[None]:
    """A command that a test runs sets how much our rooms log; the next test starts afresh."""
    rooms = [logging.getLogger(name) for name in ("bot", "engine", "store")]
    levels = [room.level for room in rooms]
    yield
    for room, level in zip(rooms, levels, strict=True):
        room.setLevel(level)


@pytest.fixture(scope="session")
def models() -> "Models":
    """The pocket models, read once; nothing that is painted changes them."""
    from engine.models import Names, load  # torch takes seconds, and most tests do without it

    return load(Names(), "cpu", Path("nowhere"))


@pytest.fixture
def mirrors() -> "Iterator[Mirrors]":
    from tests.mirror_fixtures import mirrors_here

    with mirrors_here() as here:
        yield here


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a download goes."""
    return tmp_path / "models" / "model.ckpt"


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own and an English terminal, for who runs a command."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
async def db(tmp_path: Path) -> "AsyncIterator[Database]":
    """A fresh database in a file."""
    from tests.store_fixtures import opened

    async with opened(tmp_path) as database:
        yield database


@pytest.fixture
async def house(tmp_path: Path) -> "AsyncIterator[House]":
    """A store, and an engine that can be started in it."""
    from tests.engine_fixtures import opened_house

    async with opened_house(tmp_path) as house:
        yield house


@pytest.fixture
def limits() -> dict[str, int]:
    """What a file of tests wants other in its `room` than the usual limits."""
    return {}


@pytest.fixture
async def room(tmp_path: Path, limits: dict[str, int]) -> "AsyncIterator[Room]":
    """The bot's handlers and couriers, and a recorder for Telegram."""
    from tests.bot_fixtures import opened_room

    async with opened_room(tmp_path, None, **limits) as room:
        yield room


@pytest.fixture
async def telegram() -> "AsyncIterator[Sandbox]":
    """Telegram's stand-in without limits: what keeps to them has tests of its own."""
    from sandbox import Sandbox

    async with Sandbox(limits=None) as sandbox:
        yield sandbox


@pytest.fixture
async def bot(telegram: "Sandbox") -> "AsyncIterator[Bot]":
    """A bot of aiogram's, with nothing of ours, that talks to the stand-in."""
    from tests.aiogram_fixtures import bot_of

    async with bot_of(telegram) as made:
        yield made


@pytest.fixture
async def studio(
    tmp_path: Path, telegram: "Sandbox", monkeypatch: pytest.MonkeyPatch
) -> "AsyncIterator[Studio]":
    """The whole bot over HTTP, as fast as it can."""
    from tests.http_fixtures import open_studio

    monkeypatch.setattr("store.chats.SPACING_MS", 20)
    async with open_studio(tmp_path, telegram) as studio:
        yield studio
