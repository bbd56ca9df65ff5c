"""Every error has an owner: the job, the engine, the store, Telegram or the person."""

import errno
import os
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe
from sqlalchemy.exc import DatabaseError as SqlDatabaseError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.errors import EngineError
from store.database.database import Database
from store.errors import DatabaseError, Refused, RequestError
from store.faults import Owner, outage, owner_of
from store.files.images import InvalidImage

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
    async def write() -> AsyncIterator[None]:
        raise error
        yield

    monkeypatch.setattr(db, "write", write)
    assert await db.is_away() is away


def of_sqlite(message: str, name: str | None = None) -> OperationalError:
    cause = sqlite3.OperationalError(message)
    if name is not None:
        cause.sqlite_errorname = name
    return OperationalError("INSERT", {}, cause)


def of_server(state: str) -> DBAPIError:
    """Return what SQLAlchemy makes of asyncpg's errors that are none of its own subclasses."""
    cause = Exception("the server says no")
    cause.sqlstate = state  # type: ignore[attr-defined]
    return DBAPIError("INSERT", {}, cause)


def system(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def of_library(module: str, *names: str, base: type[Exception] = Exception) -> Exception:
    """Return an error of a library that need not be installed; names: from the base class down."""
    cls = base
    for name in names:
        cls = type(name, (cls,), {"__module__": module})
    return cls("it failed")


@pytest.mark.parametrize(
    ("error", "owner"),
    [
        # A disk that is full, failing, read-only or gone.
        (of_sqlite("database or disk is full", "SQLITE_FULL"), Owner.STORE),
        (of_sqlite("attempt to write a readonly database", "SQLITE_READONLY_DBMOVED"), Owner.STORE),
        (of_sqlite("disk I/O error", "SQLITE_IOERR_WRITE"), Owner.STORE),
        (of_sqlite("unable to open database file", "SQLITE_CANTOPEN"), Owner.STORE),
        (of_sqlite("database is locked", "SQLITE_BUSY"), Owner.STORE),
        (of_sqlite("no such table: jobs", "SQLITE_ERROR"), Owner.STORE),
        (of_sqlite("no such column: shade", "SQLITE_ERROR"), Owner.JOB),
        (SqlDatabaseError("SELECT", {}, sqlite3.DatabaseError("is malformed")), Owner.STORE),
        (system(errno.ENOSPC), Owner.STORE),
        (system(errno.EROFS), Owner.STORE),
        (system(errno.EDQUOT), Owner.STORE),
        (system(errno.EIO), Owner.STORE),
        (system(errno.ESTALE), Owner.STORE),
        (system(errno.EACCES), Owner.STORE),
        (system(errno.EMFILE), Owner.STORE),
        (system(errno.ENOENT), Owner.JOB),
        # A server that is away, starting up, shutting down, full or read-only.
        (system(errno.ECONNREFUSED), Owner.STORE),
        (system(errno.EHOSTUNREACH), Owner.STORE),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed"), Owner.STORE),
        (of_library("asyncpg.exceptions", "InterfaceError"), Owner.STORE),
        (of_library("asyncpg.exceptions", "InterfaceError", base=ValueError), Owner.JOB),
        (of_server("08006"), Owner.STORE),
        (of_server("25006"), Owner.STORE),
        (of_server("26000"), Owner.STORE),
        (of_server("40P01"), Owner.STORE),
        (of_server("53100"), Owner.STORE),
        (of_server("57P03"), Owner.STORE),
        (of_server("22003"), Owner.JOB),
        (of_server("42P01"), Owner.JOB),
        (DatabaseError("database-scheme"), Owner.STORE),
        # A file service.
        (of_library("botocore.exceptions", "BotoCoreError", "EndpointError"), Owner.STORE),
        (of_library("botocore.exceptions", "ClientError"), Owner.STORE),
        # A device, its memory.
        (MemoryError(), Owner.ENGINE),
        (system(errno.ENOMEM), Owner.ENGINE),
        (of_library("torch", "OutOfMemoryError", base=RuntimeError), Owner.ENGINE),
        (of_library("torch", "AcceleratorError", base=RuntimeError), Owner.ENGINE),
        (RuntimeError("CUDA error: unspecified launch failure"), Owner.ENGINE),
        (RuntimeError("[enforce fail] . DefaultCPUAllocator: can't allocate memory"), Owner.ENGINE),
        (TelegramNetworkError(GetMe(), "timeout"), Owner.TELEGRAM),
        (of_library("aiohttp.client_exceptions", "ClientError"), Owner.TELEGRAM),
        (RequestError("prompt-empty"), Owner.PERSON),
        (Refused("no-credits"), Owner.PERSON),
        (InvalidImage("damaged"), Owner.PERSON),
        # What nobody foresaw is the fault of what was being worked on.
        (ValueError("a fault of ours"), Owner.JOB),
        (OSError("image file is truncated"), Owner.JOB),
        (EngineError("memory-short"), Owner.JOB),
    ],
)
def test_every_error_has_an_owner(error: Exception, owner: Owner) -> None:
    assert owner_of(error) is owner
    assert (outage(error) is not None) is (owner is Owner.STORE)


def test_the_servers_own_errors_have_owners() -> None:
    asyncpg = pytest.importorskip("asyncpg")
    for name in ("CannotConnectNowError", "TooManyConnectionsError", "DiskFullError"):
        assert owner_of(getattr(asyncpg, name)("no")) is Owner.STORE, name
    assert owner_of(asyncpg.InterfaceError("connection is closed")) is Owner.STORE
    assert owner_of(asyncpg.NumericValueOutOfRangeError("too large")) is Owner.JOB


def test_the_file_services_own_errors_have_owners() -> None:
    exceptions = pytest.importorskip("botocore.exceptions")
    away = exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    assert owner_of(away) is Owner.STORE
    for code, owner in {
        "SlowDown": Owner.STORE,
        "InternalError": Owner.STORE,
        "AccessDenied": Owner.STORE,
        "NoSuchKey": Owner.JOB,
    }.items():
        error = exceptions.ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")
        assert owner_of(error) is owner, code
