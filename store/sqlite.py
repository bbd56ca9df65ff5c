"""What SQLite needs so that bot and engine, two processes, can share one file."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_S = 20.0  # how long a read waits for another process to end its commit


def journal_mode(sqlite_version: tuple[int, int, int]) -> str:
    """WAL where two processes may safely write it, else a rollback journal.

    SQLite 3.7.0 to 3.51.2 can corrupt a WAL file that two processes write and checkpoint
    (https://sqlite.org/wal.html#walresetbug); the cure went back to 3.50.7 and 3.44.6.
    """
    release, patch = sqlite_version[:2], sqlite_version[2]
    cured = (
        sqlite_version >= (3, 51, 3)
        or (release == (3, 50) and patch >= 7)
        or (release == (3, 44) and patch >= 6)
    )
    return "WAL" if cured else "DELETE"


def connect(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """(for reading, for writing). Makes the file.

    A read waits inside SQLite, which looks for the lock ever more rarely; a write asks for its
    turn itself, and often, or else a process that writes all the time would starve the others.
    """
    _make_file(Path(str(url.database)))
    # What people wrote is nobody's business in the text of an error.
    private: dict[str, Any] = {"hide_parameters": True}
    reader = create_async_engine(url, connect_args=_arguments(BUSY_S), **private)
    alone: dict[str, Any] = {"pool_size": 1, "max_overflow": 0}
    writer = create_async_engine(url, connect_args=_arguments(0.0), **alone, **private)
    for engine in (reader, writer):
        event.listen(engine.sync_engine, "connect", _prepare)
    return reader, writer


def _arguments(timeout_s: float) -> dict[str, Any]:
    # The driver must not begin transactions of its own: `write` does, and reads go without one.
    return {"timeout": timeout_s, "isolation_level": None}


def _prepare(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")  # what was accepted outlives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _make_file(path: Path) -> None:
    """Folder and file for their owner alone, whatever the umask; what is there is left alone."""
    for folder in reversed(path.parents):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
