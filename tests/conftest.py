"""Keeps a developer's settings out of the tests, such as a token in `.env`; and threads few."""

import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.settings import StoreSettings

if TYPE_CHECKING:
    from aiogram import Bot

    from bot.delivery.settings import DeliverySettings
    from engine.models import LoadedModels
    from sandbox import Sandbox
    from store.database.database import Database
    from tests.fixtures.bot import BotHarness
    from tests.fixtures.engine import EngineHarness
    from tests.fixtures.models.mirror import Mirrors
    from tests.fixtures.telegram.http import HttpHarness

# As `engine.studio` does; here torch may be imported without it, so it is set before any test is.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests themselves run side by side


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MAZOK_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(StoreSettings, "settings_file", None)


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_disks() -> Iterator[None]:
    """No test ends in a power cut: what it writes need not be on the disk before it goes on."""
    with pytest.MonkeyPatch.context() as during:
        during.setattr("store.database.sqlite.SYNCHRONOUS", "OFF")
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
    levels = [harness.level for harness in rooms]
    yield
    for harness, level in zip(rooms, levels, strict=True):
        harness.setLevel(level)


@pytest.fixture(scope="session")
def models() -> "LoadedModels":
    """The pocket models, read once; nothing that is painted changes them."""
    from engine.models import (  # torch takes seconds, and most tests do without it
        ModelNames,
        load_models,
    )

    return load_models(ModelNames(), "cpu", Path("nowhere"))


@pytest.fixture
def mirrors() -> "Iterator[Mirrors]":
    from tests.fixtures.models.mirror import mirrors_here

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
    from tests.fixtures.store import opened

    async with opened(tmp_path) as database:
        yield database


@pytest.fixture
async def engine_harness(tmp_path: Path) -> "AsyncIterator[EngineHarness]":
    """A store, and an engine that can be started in it."""
    from tests.fixtures.engine import open_engine_harness

    async with open_engine_harness(tmp_path) as engine_harness:
        yield engine_harness


@pytest.fixture
def limits() -> dict[str, int]:
    """What a file of tests wants other in its `room` than the usual limits."""
    return {}


@pytest.fixture
def delivery_settings() -> "DeliverySettings":
    """Return the intervals and timeouts of a test file's `harness`."""
    from bot.delivery.settings import DeliverySettings

    return DeliverySettings()


@pytest.fixture
async def harness(
    tmp_path: Path, limits: dict[str, int], delivery_settings: "DeliverySettings"
) -> "AsyncIterator[BotHarness]":
    """The bot's handlers and couriers, and a recorder for Telegram."""
    from tests.fixtures.bot import open_bot_harness

    async with open_bot_harness(tmp_path, None, delivery_settings, **limits) as harness:
        yield harness


@pytest.fixture
async def telegram() -> "AsyncIterator[Sandbox]":
    """Telegram's stand-in without limits: what keeps to them has tests of its own."""
    from sandbox import Sandbox

    async with Sandbox(limits=None) as sandbox:
        yield sandbox


@pytest.fixture
async def bot(telegram: "Sandbox") -> "AsyncIterator[Bot]":
    """A bot of aiogram's, with nothing of ours, that talks to the stand-in."""
    from tests.fixtures.telegram.aiogram import bot_of

    async with bot_of(telegram) as made:
        yield made


@pytest.fixture
async def http_harness(
    tmp_path: Path, telegram: "Sandbox", monkeypatch: pytest.MonkeyPatch
) -> "AsyncIterator[HttpHarness]":
    """The whole bot over HTTP, as fast as it can."""
    from tests.fixtures.telegram.http import open_http_harness

    monkeypatch.setattr("store.messages.rate_limits.SPACING_MS", 20)
    async with open_http_harness(tmp_path, telegram) as http_harness:
        yield http_harness
