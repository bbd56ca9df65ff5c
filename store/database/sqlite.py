"""SQLite engines that let bot and engine, two processes, share one file."""

import asyncio
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.errors import DatabaseError

Identity = tuple[int, int]  # device and inode
SYNCHRONOUS = "FULL"  # what was accepted outlives a power cut
BUSY_S = 20.0  # how long a read waits for another process to end its commit


class DatabaseFile:
    """The file behind the open connections, to notice that it was deleted or replaced.

    SQLite would go on writing to the file that it once opened, which nobody else sees any more.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: Identity | None = None

    def opened(self) -> None:
        """Remember which file connections are opened to from now on."""
        self._opened = self.identity()

    def closed(self) -> None:
        """Forget the file, as no connection to it is left."""
        self._opened = None

    def is_replaced(self) -> bool:
        """Return whether the path names another file than the one that was opened.

        Raises DatabaseError if there is none.
        """
        found = self.identity()
        if found is None:
            raise DatabaseError("database-gone", name=self._path.name)
        if self._opened is None:
            self._opened = found
        return found != self._opened

    def identity(self) -> Identity | None:
        """Return which file the path names now; None if there is none."""
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino


def journal_mode(sqlite_version: tuple[int, int, int]) -> str:
    """Return "WAL" where two processes may safely write it, else "TRUNCATE".

    TRUNCATE empties the rollback journal at each commit; deleting it takes twice the time.
    SQLite 3.7.0 to 3.51.2 can corrupt a WAL file that two processes write and checkpoint
    (https://sqlite.org/wal.html#walresetbug); the fix was back-ported to 3.50.7 and 3.44.6.
    """
    release, patch = sqlite_version[:2], sqlite_version[2]
    fixed = (
        sqlite_version >= (3, 51, 3)
        or (release == (3, 50) and patch >= 7)
        or (release == (3, 44) and patch >= 6)
    )
    return "WAL" if fixed else "TRUNCATE"


def connect(url: URL, *, create: bool = True) -> tuple[AsyncEngine, AsyncEngine]:
    """Return engines for (reading, writing) the file at `url`.

    create: make a missing file; else that raises FileNotFoundError.

    The writing engine has one connection and does not wait for locks inside SQLite, whose pauses
    grow until a process that writes all the time starves the others: `group_commit` repeats the
    statement instead.
    """
    path = Path(str(url.database))
    if create:
        _make_file(path)
    os.stat(path)
    reader = create_async_engine(url, **_options(timeout_s=BUSY_S))
    writer = create_async_engine(url, **_options(timeout_s=0.0), pool_size=1, max_overflow=0)
    for engine in (reader, writer):
        event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(writer.sync_engine, "connect", _keep_journal)
    event.listen(writer.sync_engine, "handle_error", _keep_connection)
    return reader, writer


def _options(timeout_s: float) -> dict[str, Any]:
    return {
        "hide_parameters": True,  # an error's text must not hold what people wrote
        # sqlite3 must not begin transactions: `write` does, and reads go without one.
        "connect_args": {"isolation_level": None, "timeout": timeout_s},
    }


def _prepare(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _keep_connection(context: ExceptionContext) -> None:
    """Keep the connection of a cancelled statement: other writers share its transaction.

    SQLAlchemy would close it. The driver's thread runs statements in order, so what follows waits
    for the cancelled one.
    """
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False


def _keep_journal(connection: Any, record: object) -> None:
    """Set the rollback journal's mode: unlike WAL it belongs to the connection, not to the file."""
    mode = journal_mode(sqlite3.sqlite_version_info)
    if mode != "WAL":
        with suppress(sqlite3.OperationalError):  # the file was WAL's until now, and is in use
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA journal_mode={mode}")
            cursor.close()


def _make_file(path: Path) -> None:
    """Create folder and file with access for their owner only, whatever the umask.

    What exists keeps its mode.
    """
    for folder in reversed(path.parents):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
