"""The database that bot and engine share: open, migrate, read and write it."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import URL, BigInteger, Table, delete, make_url
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from store.database import postgresql, sqlite
from store.database.group_commit import GroupCommit, begin, commit, retry_transient
from store.errors import DatabaseAway, DatabaseError
from store.faults import is_denied, outage
from store.faults.availability import RETRY_S, Availability
from store.faults.disk import current_user, disk_trouble
from store.tables import rules
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class now_ms(FunctionElement[int]):
    """Milliseconds since 1970 by the database's clock, the only one that all processes share."""

    type = BigInteger()
    inherit_cache = True


@compiles(now_ms, "sqlite")
def _now_in_sqlite(element: now_ms, compiler: SQLCompiler, **options: Any) -> str:
    # Not unixepoch('subsec'): that is newer than the SQLite of many systems.
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"


@compiles(now_ms, "postgresql")
def _now_in_postgresql(element: now_ms, compiler: SQLCompiler, **options: Any) -> str:
    # now() stands still in a transaction, also while it waits for a lock; clock_timestamp() moves
    # within a statement, so that no index can be searched by it.
    return "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)"


class Database:
    """Connections to one database; create it with `await Database.open(url)`.

    `availability` tells whether it can be used; outages are logged there.
    """

    def __init__(
        self, url: URL, *, create: bool = True, availability: Availability | None = None
    ) -> None:
        self.availability = availability or Availability("the database")
        self._group_commit: GroupCommit | None = None
        self._file: sqlite.DatabaseFile | None = None
        if url.get_backend_name() == "sqlite":
            self._reader, self._writer = sqlite.connect(url, create=create)
            self._file = sqlite.DatabaseFile(Path(str(url.database)))
            self._group_commit = GroupCommit(self._writer, self._file.identity)
        else:
            self._reader, self._writer = postgresql.connect(url)

    @classmethod
    async def open(cls, url: str, availability: Availability | None = None) -> Self:
        """Open the database; create and migrate the tables as needed.

        availability: what is known of it from earlier tries.

        Raises DatabaseError, one sentence without the password; DatabaseAway where it may be
        possible later.
        """
        with _told(url) as place:
            db = cls(place, availability=availability)
            try:
                await retry_transient(db._choose_journal)
                await retry_transient(db._migrate)
            except BaseException:
                await db.close()
                raise
        return db

    @classmethod
    async def open_when_available(cls, url: str, stop: asyncio.Event) -> Self | None:
        """Open the database as soon as it can be used; return None if `stop` comes first.

        Raises DatabaseError where waiting is no use.
        """
        waiting = Availability("the database")
        while True:
            try:
                db = await cls.open(url, waiting)
            except DatabaseAway as error:
                waiting.failed(error)
                await wait_or_timeout(RETRY_S, stop)
                if stop.is_set():
                    return None
            else:
                waiting.succeeded()
                return db

    @classmethod
    async def open_existing(cls, url: str) -> Self:
        """Open a database as it is: no file and no table is made.

        Raises DatabaseError, also where there is no table.
        """
        from store.database.migrate import is_current, revision

        with _told(url) as place:
            db = cls(place, create=False)
            try:
                async with db.read() as connection:
                    await connection.run_sync(is_current)
                    if await connection.run_sync(revision) is None:
                        shown = place.render_as_string(hide_password=True)
                        raise DatabaseError("database-empty", place=shown)
            except BaseException:
                await db.close()
                raise
        return db

    @property
    def serves_one_machine(self) -> bool:
        """Return whether all processes must be on the machine of the database's file."""
        return self._file is not None

    async def close(self) -> None:
        """Wait for a commit that has begun, then close all connections."""
        if self._group_commit:
            await self._group_commit.close()
        await self._reader.dispose()
        await self._writer.dispose()
        if self._file:
            self._file.closed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for SELECTs, in autocommit mode.

        Each statement sees the newest commit and keeps no lock once its rows are fetched.
        """
        with self.availability.watch(writing=False):
            await self._follow_file()
            async with self._reader.connect() as connection:
                yield connection

    async def probe(self) -> None:
        """Write something and delete it again; raise the error where that is impossible.

        In one transaction, so that nobody else ever sees it.
        """
        name = f"probe-{uuid4().hex[:16]}"
        async with self.write() as connection:
            await connection.execute(insert(rules).values(name=name, value=""))
            await connection.execute(delete(rules).where(rules.c.name == name))

    async def is_away(self) -> bool:
        """Return whether even a trivial write fails because the database is unavailable."""
        try:
            await self.probe()
        except Exception as error:
            return outage(error) is not None
        return False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction: committed on exit, rolled back on any error. Do not nest it."""
        with self.availability.watch(writing=True):
            await self._follow_file()
            transaction = self._group_commit.write() if self._group_commit else self._writer.begin()
            async with transaction as connection:
                yield connection

    async def _follow_file(self) -> None:
        """Open the file anew where it was replaced, if the new one has our tables."""
        if self._file is None or not self._file.is_replaced():
            return
        from store.database.migrate import is_current

        await self._reader.dispose()
        await self._writer.dispose()
        async with self._reader.connect() as connection:
            if not await connection.run_sync(is_current):
                raise DatabaseError("database-without-tables")
        self._file.opened()
        log.warning("the database file has been replaced; the new one is used from now on")

    async def _migrate(self) -> None:
        from store.database.migrate import is_current, upgrade  # Alembic is slow to import

        async with self.read() as connection:
            if await connection.run_sync(is_current):
                return
        async with self._writer.connect() as connection:
            if not self._group_commit:
                await connection.run_sync(upgrade)
                await connection.commit()
                return
            # In SQLite a changed table is a new one, and the old one is dropped.
            await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            # The write lock is what makes several processes that start together take turns.
            await begin(connection)
            await connection.run_sync(upgrade)
            await commit(connection)
            await connection.exec_driver_sql("PRAGMA foreign_keys=ON")

    async def _choose_journal(self) -> None:
        if self._group_commit:
            mode = sqlite.journal_mode(sqlite3.sqlite_version_info)
            async with self._writer.connect() as connection:
                await connection.exec_driver_sql(f"PRAGMA journal_mode={mode}")


async def insert_once(connection: AsyncConnection, table: Table, **row: Any) -> bool:
    """Insert `row`; return False, and keep the transaction usable, if its key exists already."""
    # SQLite has the same syntax and accepts the clause of SQLAlchemy's PostgreSQL dialect.
    inserted = await connection.execute(insert(table).values(row).on_conflict_do_nothing())
    return inserted.rowcount == 1


@contextmanager
def _told(url: str) -> Iterator[URL]:
    """Yield the parsed URL; raise every error as a DatabaseError."""
    place = _parsed(url)
    shown = place.render_as_string(hide_password=True)
    try:
        yield place
    except DatabaseError:
        raise
    except Exception as error:
        if postgresql.is_poolers(error):
            raise DatabaseError("database-pooler", place=shown) from error
        away = outage(error) is not None
        if not away and not isinstance(error, OSError | ImportError | SQLAlchemyError):
            raise
        cause = error.orig if isinstance(error, DBAPIError) else error
        kind = DatabaseAway if away and not is_denied(error) else DatabaseError
        reason = cause if isinstance(cause, OSError) else str(cause)
        missing = isinstance(cause, FileNotFoundError)
        trouble = "missing" if missing else disk_trouble(error)
        values = {"reason": reason, "trouble": trouble, "user": current_user()}
        raise kind("database-unopened", place=shown, **values) from error


def _parsed(url: str) -> URL:
    try:
        place = make_url(url)
    except ArgumentError as error:
        raise DatabaseError("database-address") from error
    if place.get_backend_name() == "sqlite" and place.database in (None, "", ":memory:"):
        raise DatabaseError("database-in-memory")
    if place.drivername not in DRIVERS:
        raise DatabaseError("database-scheme")
    return place
