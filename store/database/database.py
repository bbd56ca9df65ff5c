"""The database that bot and engine share: open, migrate, read and write it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from sqlalchemy import URL, BigInteger, Table, make_url, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from store.database import sqlite
from store.database.group_commit import GroupCommit, begin, commit, retry_transient
from store.errors import DatabaseError
from store.faults import outage
from store.tables import jobs


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
    # now() stands still in a transaction, also while it waits for a lock.
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


class Database:
    """Connections to one database; create it with `await Database.open(url)`."""

    def __init__(self, url: URL) -> None:
        self._group_commit: GroupCommit | None = None
        if url.get_backend_name() == "sqlite":
            self._reader, self._writer = sqlite.connect(url)
            self._group_commit = GroupCommit(self._writer)
        else:  # a server may have been restarted since a connection was used
            self._writer = create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open the database; create and migrate the tables as needed.

        Raises DatabaseError, one sentence without the password.
        """
        place = _parsed(url)
        shown = place.render_as_string(hide_password=True)
        try:
            db = cls(place)
        except (OSError, ImportError, SQLAlchemyError) as error:
            raise DatabaseError(f"The database {shown} cannot be opened: {error}.") from error
        try:
            await retry_transient(db._choose_journal)
            await retry_transient(db._migrate)
        except (DBAPIError, OSError) as error:
            await db.close()
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise DatabaseError(f"The database {shown} cannot be opened: {cause}.") from error
        except BaseException:
            await db.close()
            raise
        return db

    async def close(self) -> None:
        """Wait for a commit that has begun, then close all connections."""
        if self._group_commit:
            await self._group_commit.close()
        await self._reader.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for SELECTs, in autocommit mode.

        Each statement sees the newest commit and keeps no lock once its rows are fetched.
        """
        async with self._reader.connect() as connection:
            yield connection

    async def is_away(self) -> bool:
        """Return whether even a trivial read fails because the database is unavailable."""
        try:
            async with self.read() as connection:
                await connection.execute(select(jobs.c.id).limit(1))
        except Exception as error:
            return outage(error) is not None
        return False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction: committed on exit, rolled back on any error. Do not nest it."""
        transaction = self._group_commit.write() if self._group_commit else self._writer.begin()
        async with transaction as connection:
            yield connection

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


def _parsed(url: str) -> URL:
    try:
        place = make_url(url)
    except ArgumentError as error:
        raise DatabaseError("MAZOK_DATABASE is not the URL of a database.") from error
    if place.get_backend_name() == "sqlite" and place.database in (None, "", ":memory:"):
        raise DatabaseError("A database in memory cannot be shared: MAZOK_DATABASE needs a file.")
    return place
