"""SQLite behind its thread, where only what takes long goes.

aiosqlite goes to its thread to open a cursor, to execute, to fetch, to close. Each trip is a wait
for the processor, and where an engine keeps that busy they are most of what a request takes. Most
statements take SQLite less time than one trip: those are done here, on the loop's thread.
"""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Self

import aiosqlite

Parameters = Sequence[Any]
Notify = tuple[Any, int, int | None, list[Any]]  # description, rowcount, lastrowid, rows

TO_THE_DISK = "COMMIT"  # waits until the disk has it
PAUSES_S = 0.002, 0.01  # between two looks whether another process has ended its commit


async def connect(
    path: str, *, patience_s: float = 0.0, beside: bool = False, **options: Any
) -> aiosqlite.Connection:
    """As `sqlite3.connect`.

    patience_s: how long a statement waits for another process to end its commit.
    beside: all statements go to the thread, for those that may take long.
    """
    # On the loop's thread nothing may wait inside SQLite.
    options["timeout"] = patience_s if beside else 0.0
    connection = _Connection(lambda: sqlite3.connect(path, **options), iter_chunk_size=64)
    connection.patience_s, connection.beside = patience_s, beside
    connection._thread.daemon = True  # as SQLAlchemy does: it must not keep the program alive
    return await connection


class _Connection(aiosqlite.Connection):
    patience_s = 0.0
    beside = False

    def cursor(self) -> "_Statement":  # type: ignore[override]
        return _Statement(self)

    async def rollback(self) -> None:
        """Asked for after every use; mostly there is nothing to roll back."""
        if self.in_transaction:
            await super().rollback()

    async def act(self, act: Callable[[sqlite3.Connection], sqlite3.Cursor], text: str) -> Notify:
        """What a statement tells, wherever it is done."""
        if self.beside or text == TO_THE_DISK:
            there = await self._execute(_notified, act, self._conn)  # type: ignore[no-untyped-call]
            return there  # type: ignore[no-any-return]
        until = monotonic() + self.patience_s
        while True:
            try:
                return _notified(act, self._conn)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or monotonic() >= until:
                    raise
            await asyncio.sleep(random.uniform(*PAUSES_S))


def _notified(
    act: Callable[[sqlite3.Connection], sqlite3.Cursor], sqlite: sqlite3.Connection
) -> Notify:
    cursor = act(sqlite)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()


class _Statement:
    """As much of a cursor as SQLAlchemy asks for; it holds the rows, and nothing open."""

    description: Any = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Parameters = ()) -> Self:
        return await self._act(lambda sqlite: sqlite.execute(statement, parameters), statement)

    async def executemany(self, statement: str, parameters: Sequence[Parameters]) -> Self:
        return await self._act(lambda sqlite: sqlite.executemany(statement, parameters), statement)

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    async def _act(self, act: Callable[[sqlite3.Connection], sqlite3.Cursor], text: str) -> Self:
        told = await self._connection.act(act, text)
        self.description, self.rowcount, self.lastrowid, self._rows = told
        return self
