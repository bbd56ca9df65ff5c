"""Group commit: write transactions of one process that SQLite commits together.

A commit waits for the disk several times as long as its statements take, and SQLite has one writer
at a time. So the commit queues for the write lock like every writer: the writers that waited before
it run first, each inside a savepoint, and one commit serves them all.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.errors import DatabaseError

# SQLite's messages while another process writes, or rolls back what a killed one left behind.
TRANSIENT_ERRORS = ("locked", "disk I/O error")
RETRY_S = 60.0  # how long a statement is repeated after a transient error
PAUSES_S = 0.002, 0.01  # between two attempts, chosen at random


@dataclass
class _Batch:
    """One SQLite transaction that several writers share."""

    connection: AsyncConnection
    file: object  # which one it writes to
    commit: asyncio.Task[None] | None = None
    error: Exception | None = None  # set where SQLite has rolled back the whole transaction


class GroupCommit:
    """Serialise this process's write transactions in FIFO order; commit waiting ones together."""

    def __init__(self, engine: AsyncEngine, which: Callable[[], object] = lambda: None) -> None:
        """Take a function that returns which file the database is: it may be replaced."""
        self._engine, self._which = engine, which
        self._lock = asyncio.Lock()
        self._batch: _Batch | None = None

    async def close(self) -> None:
        """Wait for a commit that has begun."""
        async with self._lock:
            batch = self._batch
        if batch is not None and batch.commit is not None:
            await asyncio.wait([batch.commit])

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a write transaction; on exit, wait until it is on disk.

        An error inside rolls back this transaction and no other. If the shared commit fails or
        SQLite rolls back the whole batch, every writer of the batch gets the database's error.
        """
        async with self._lock:
            batch = self._batch or await self._begin()
            await _uninterrupted(_execute(batch, "SAVEPOINT own"))
            try:
                yield batch.connection
            except BaseException as error:
                await _uninterrupted(self._roll_back(batch, error))
                raise
            await _uninterrupted(self._release(batch))
        if batch.commit is not None:
            # A cancelled writer does not cancel the others' commit.
            await asyncio.shield(batch.commit)

    async def _begin(self) -> _Batch:
        connection = self._engine.connect()
        try:
            await _uninterrupted(connection.start())  # else the driver's thread may be orphaned
            await begin(connection)
        except BaseException:
            if connection.sync_connection is not None:
                await _uninterrupted(connection.close())
            raise
        batch = self._batch = _Batch(connection, self._which())
        batch.commit = asyncio.create_task(self._commit(batch))
        batch.commit.add_done_callback(_retrieve_exception)
        return batch

    async def _commit(self, batch: _Batch) -> None:
        async with self._lock:
            if batch.error is not None:
                raise batch.error
            self._batch = None
            try:
                if self._which() != batch.file:
                    raise DatabaseError("database-replaced")
                await commit(batch.connection)
            finally:
                await batch.connection.close()

    async def _release(self, batch: _Batch) -> None:
        try:
            await _execute(batch, "RELEASE own")
        except SQLAlchemyError as error:
            await self._roll_back(batch, error)
            raise

    async def _roll_back(self, batch: _Batch, cause: BaseException) -> None:
        """Undo one writer's statements, or fail the batch where SQLite has rolled back all of it.

        SQLite does so, for example, when the disk is full or fails.
        """
        try:
            await _execute(batch, "ROLLBACK TO own")
            await _execute(batch, "RELEASE own")
        except SQLAlchemyError as error:
            batch.error = cause if isinstance(cause, SQLAlchemyError) else error
            self._batch = None
            await batch.connection.close()


async def begin(connection: AsyncConnection) -> None:
    """Take SQLite's write lock; wait for other processes up to RETRY_S.

    A plain BEGIN takes the lock only with the first write, and then fails at once if another
    process has written since this one first read.
    """
    await retry_transient(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))


async def commit(connection: AsyncConnection) -> None:
    """Commit in SQL: after a failed commit SQLAlchemy would take the transaction as ended."""
    await retry_transient(lambda: connection.exec_driver_sql("COMMIT"))


async def retry_transient(attempt: Callable[[], Awaitable[object]]) -> None:
    """Repeat `attempt` while it fails only because another process is writing."""
    deadline = monotonic() + RETRY_S
    while True:
        try:
            await attempt()
            return
        except OperationalError as error:
            transient = any(message in str(error.orig) for message in TRANSIENT_ERRORS)
            if not transient or monotonic() > deadline:
                raise
        await asyncio.sleep(random.uniform(*PAUSES_S))


async def _execute(batch: _Batch, statement: str) -> None:
    await batch.connection.exec_driver_sql(statement)


async def _uninterrupted(work: Coroutine[Any, Any, object]) -> None:
    """Run `work` to its end although the caller is cancelled; then raise the cancellation.

    Half a rollback would leave statements of a cancelled writer in the shared transaction.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and not task.exception():
        raise cancelled
    task.result()


def _retrieve_exception(commit: asyncio.Task[None]) -> None:
    """Mark the error as retrieved: all its writers may have been cancelled."""
    if not commit.cancelled():
        commit.exception()
