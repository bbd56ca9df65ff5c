"""An unavailable database is told from a fault in what it was asked."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from store.database.database import Database, outage

CAUSE = Exception("the server\n starts up")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OperationalError("SELECT", {}, CAUSE), "the server starts up"),
        (PoolTimeout(), "every connection is in use"),
        (ConnectionRefusedError(111, "Connection refused"), "[Errno 111] Connection refused"),
        (ConnectionResetError(), "ConnectionResetError"),
        (TimeoutError(), "TimeoutError"),
        (socket.gaierror(-2, "Name or service not known"), "[Errno -2] Name or service not known"),
        (IntegrityError("INSERT", {}, CAUSE), None),
        (ProgrammingError("SELECT", {}, CAUSE), None),
        (FileNotFoundError("a.png"), None),
        (ValueError("a fault of ours"), None),
    ],
)
def test_an_outage_is_one_line(error: Exception, told: str | None) -> None:
    assert outage(error) == told


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ConnectionRefusedError("refused"), True),
        (OperationalError("SELECT", {}, CAUSE), True),
        (ProgrammingError("SELECT", {}, CAUSE), False),
    ],
)
async def test_a_server_that_refuses_connections_is_away(
    error: Exception, away: bool, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not await db.is_away()

    @asynccontextmanager
    async def read() -> AsyncIterator[None]:
        raise error
        yield

    monkeypatch.setattr(db, "read", read)
    assert await db.is_away() is away
