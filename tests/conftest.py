"""Fixtures of all tests; they keep a developer's settings out, and threads few."""

import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.files.decoder import decode
from store.files.images import run_decoder
from store.settings import StoreSettings
from tests.fixtures.cluster import databases

if TYPE_CHECKING:
    from aiogram import Bot

    from bot.delivery.settings import DeliverySettings
    from engine.models import LoadedModels
    from sandbox import Sandbox
    from store.database.database import Database
    from tests.fixtures.bot import BotHarness
    from tests.fixtures.cluster.s3 import S3Server
    from tests.fixtures.engine import EngineHarness
    from tests.fixtures.models.mirror import Mirrors
    from tests.fixtures.telegram.http import HttpHarness

REAL_DECODER = run_decoder

# As the engine does; tests may import torch without it, so it is set here first.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run in parallel


def pytest_configure(config: pytest.Config) -> None:
    """Start the PostgreSQL server of a run that is to use one, once for all its processes."""
    if databases.ON_POSTGRESQL and not hasattr(config, "workerinput"):
        config.add_cleanup(databases.start().remove)


@pytest.fixture(autouse=True)
def _no_databases_left() -> Iterator[None]:
    """Drop a test's databases in the PostgreSQL server; a SQLite file goes with its folder."""
    kept = databases.made()
    yield
    databases.drop_all_but(kept)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MAZOK_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(StoreSettings, "settings_file", None)


@pytest.fixture(scope="session", autouse=True)
def _no_fsync() -> Iterator[None]:
    """Skip fsync: no test survives a power cut."""
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("store.database.sqlite.SYNCHRONOUS", "OFF")
        patches.setattr("os.fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_decoder_process() -> Iterator[None]:
    """Decode images in this process: a start takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("store.files.images.run_decoder", decode)
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Accept SIGINT, which a shell ignores for background jobs; some tests need it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _restore_log_levels() -> Iterator[None]:
    """Restore log levels that a tested command changes."""
    loggers = [logging.getLogger(name) for name in ("bot", "engine", "store")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    logging.disable(logging.NOTSET)  # `--check` writes a report and no log


@pytest.fixture(scope="session")
def models() -> "LoadedModels":
    """Load the pocket models once; painting does not change them."""
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
    """Return the path of a download."""
    return tmp_path / "models" / "model.ckpt"


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Run in a temporary folder, which is also that of the data, with an English locale."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAZOK_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def s3() -> "Iterator[S3Server]":
    """Start an S3 server with a bucket, to which the environment of the tests leads."""
    from tests.fixtures.cluster.s3 import s3_server

    with s3_server() as server:
        yield server


@pytest.fixture
async def db(tmp_path: Path) -> "AsyncIterator[Database]":
    """Open a fresh database in a file."""
    from tests.fixtures.store import opened

    async with opened(tmp_path) as database:
        yield database


@pytest.fixture
async def engine_harness(tmp_path: Path) -> "AsyncIterator[EngineHarness]":
    """Open a store and an engine that can be started in it."""
    from tests.fixtures.engine import open_engine_harness

    async with open_engine_harness(tmp_path) as engine_harness:
        yield engine_harness


@pytest.fixture
def limits() -> dict[str, int]:
    """Return the limits that a test module sets differently for its bot."""
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
    """Open the bot's handlers and couriers with a recording session."""
    from tests.fixtures.bot import open_bot_harness

    async with open_bot_harness(tmp_path, None, delivery_settings, **limits) as harness:
        yield harness


@pytest.fixture
async def telegram() -> "AsyncIterator[Sandbox]":
    """Start the sandbox without flood limits, which have their own tests."""
    from sandbox import Sandbox

    async with Sandbox(limits=None) as sandbox:
        yield sandbox


@pytest.fixture
async def bot(telegram: "Sandbox") -> "AsyncIterator[Bot]":
    """Open an aiogram bot that talks to the sandbox."""
    from tests.fixtures.telegram.aiogram import bot_of

    async with bot_of(telegram) as made:
        yield made


@pytest.fixture
async def http_harness(tmp_path: Path, telegram: "Sandbox") -> "AsyncIterator[HttpHarness]":
    """Open the whole bot over HTTP, without delays."""
    from tests.fixtures.telegram.http import FAST_CHATS, open_http_harness

    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as http_harness:
        yield http_harness
