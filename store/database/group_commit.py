"""Transactions of one process that SQLite commits together.

A commit waits for the disk several times as long as its statements take, and SQLite has one writer
at a time. So a commit queues for its turn like everybody else: whoever waited before it writes
first, behind a savepoint of their own, and one trip to the disk serves them all.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

# What SQLite says while another process writes, or undoes what a killed one left half written.
TRANSIENT_ERRORS = ("locked", "disk I/O error")
PATIENCE_S = 60.0  # how long a write goes on asking for its turn


@dataclass
class _Batch:
    connection: AsyncConnection
    committed: asyncio.Task[None] | None = None
    lost: Exception | None = None  # where SQLite has undone everything by itself


class GroupCommit:
    """The writers of a process, one after the other and in the order in which they came."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock()
        self._group: _Batch | None = None

    async def close(self) -> None:
        """Waits for what is being committed."""
        async with self._turn:
            group = self._group
        if group is not None and group.committed is not None:
            await asyncio.wait([group.committed])

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Left when all is on the disk. An error undoes its own transaction, and no other."""
        async with self._turn:
            group = self._group or await self._begin()
            await group.connection.exec_driver_sql("SAVEPOINT own")
            try:
                yield group.connection
                await group.connection.exec_driver_sql("RELEASE own")
            except BaseException as error:
                await self._undo(group, error)
                raise
        if group.committed is not None:
            # Whoever is cancelled now leaves the others their commit.
            await asyncio.shield(group.committed)

    async def _begin(self) -> _Batch:
        connection = await self._engine.connect()
        try:
            await begin(connection)
        except BaseException:
            await connection.close()
            raise
        group = self._group = _Batch(connection)
        group.committed = asyncio.create_task(self._commit(group))
        group.committed.add_done_callback(_seen)
        return group

    async def _commit(self, group: _Batch) -> None:
        async with self._turn:
            if group.lost is not None:
                raise group.lost
            self._group = None
            try:
                await commit(group.connection)
            finally:
                await group.connection.close()

    async def _undo(self, group: _Batch, error: BaseException) -> None:
        try:
            await group.connection.exec_driver_sql("ROLLBACK TO own")
            await group.connection.exec_driver_sql("RELEASE own")
        except DBAPIError as gone:
            # SQLite gives up a whole transaction where the disk is full or fails.
            group.lost = error if isinstance(error, SQLAlchemyError) else gone
            self._group = None
            await group.connection.close()


async def begin(connection: AsyncConnection) -> None:
    """Asks for the right to write until it has it.

    A plain BEGIN takes its lock only with the first write, and then fails at once if somebody else
    has written since it first read.
    """
    await patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))


async def commit(connection: AsyncConnection) -> None:
    """In SQL, since SQLAlchemy counts a transaction whose commit failed as ended."""
    await patiently(lambda: connection.exec_driver_sql("COMMIT"))


async def patiently(attempt: Callable[[], Awaitable[object]]) -> None:
    """Repeats what fails only because other processes are writing."""
    deadline = monotonic() + PATIENCE_S
    while True:
        try:
            await attempt()
            return
        except OperationalError as error:
            passing = any(sign in str(error.orig) for sign in TRANSIENT_ERRORS)
            if not passing or monotonic() > deadline:
                raise
        await asyncio.sleep(random.uniform(0.002, 0.01))


def _seen(committed: asyncio.Task[None]) -> None:
    """An error belongs to those who wait for it, and there may be nobody any more."""
    if not committed.cancelled():
        committed.exception()
