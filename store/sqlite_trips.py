"""SQLite behind its thread, with one trip there for each statement.

aiosqlite goes to its thread to open a cursor, to execute, to fetch, to close. Each trip is a wait
for the processor, and where an engine keeps that busy they are most of what a request takes.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Self

import aiosqlite

Parameters = Sequence[Any]


async def connect(path: str, **options: Any) -> aiosqlite.Connection:
    """As `sqlite3.connect`."""
    connection = _Connection(lambda: sqlite3.connect(path, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does: it must not keep the program alive
    return await connection


class _Connection(aiosqlite.Connection):
    def cursor(self) -> "_Statement":  # type: ignore[override]
        return _Statement(self)

    async def rollback(self) -> None:
        """Asked for after every use; mostly there is nothing to roll back."""
        if self.in_transaction:
            await super().rollback()


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
        return await self._trip(lambda sqlite: sqlite.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Sequence[Parameters]) -> Self:
        return await self._trip(lambda sqlite: sqlite.executemany(statement, parameters))

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    async def _trip(self, act: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> Self:
        def there() -> tuple[Any, int, int | None, list[Any]]:
            cursor = act(self._connection._conn)
            try:
                rows = cursor.fetchall() if cursor.description else []
                return cursor.description, cursor.rowcount, cursor.lastrowid, rows
            finally:
                cursor.close()

        told = await self._connection._execute(there)  # type: ignore[no-untyped-call]
        self.description, self.rowcount, self.lastrowid, self._rows = told
        return self
