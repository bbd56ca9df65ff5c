"""What SQLite needs so that bot and engine, two processes, can share one file."""

import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.database import sqlite_inline

SYNCHRONOUS = "FULL"  # what was accepted outlives a power cut
BUSY_S = 20.0  # how long a read waits for another process to end its commit


def journal_mode(sqlite_version: tuple[int, int, int]) -> str:
    """WAL where two processes may safely write it, else a rollback journal.

    That is emptied at each commit and not deleted, which takes half the time.
    SQLite 3.7.0 to 3.51.2 can corrupt a WAL file that two processes write and checkpoint
    (https://sqlite.org/wal.html#walresetbug); the cure went back to 3.50.7 and 3.44.6.
    """
    release, patch = sqlite_version[:2], sqlite_version[2]
    cured = (
        sqlite_version >= (3, 51, 3)
        or (release == (3, 50) and patch >= 7)
        or (release == (3, 44) and patch >= 6)
    )
    return "WAL" if cured else "TRUNCATE"


def connect(url: URL) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """(for reading, for reading what takes long, for writing). Makes the file.

    A write asks for its turn itself, and often, or else a process that writes all the time would
    starve the others.
    """
    _make_file(Path(str(url.database)))
    # What people wrote is nobody's business in the text of an error.
    usual: dict[str, Any] = {"hide_parameters": True}
    alone: dict[str, Any] = {"pool_size": 1, "max_overflow": 0}
    reader = create_async_engine(url, async_creator=_creator(url, BUSY_S), **usual)
    surveyor = create_async_engine(url, async_creator=_creator(url, BUSY_S, beside=True), **usual)
    writer = create_async_engine(url, async_creator=_creator(url), **alone, **usual)
    for engine in (reader, surveyor, writer):
        event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(writer.sync_engine, "connect", _keep_journal)
    return reader, surveyor, writer


def _creator(
    url: URL, patience_s: float = 0.0, *, beside: bool = False
) -> Callable[[], Awaitable[Any]]:
    """Makes connections as the URL says; each of them belongs to a thread of its own."""
    places, options = SQLiteDialect_aiosqlite().create_connect_args(url)
    # The driver must not begin transactions of its own: `write` does, and reads go without one.
    ours = {"isolation_level": None, "patience_s": patience_s, "beside": beside}
    return partial(sqlite_inline.connect, *places, **{**options, **ours})


def _prepare(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _keep_journal(connection: Any, record: object) -> None:
    """Unlike WAL this mode is not the file's but each connection's own."""
    mode = journal_mode(sqlite3.sqlite_version_info)
    if mode != "WAL":
        with suppress(sqlite3.OperationalError):  # the file was WAL's until now, and is in use
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA journal_mode={mode}")
            cursor.close()


def _make_file(path: Path) -> None:
    """Folder and file for their owner alone, whatever the umask; what is there is left alone."""
    for folder in reversed(path.parents):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
