"""Engines for a PostgreSQL server, which bots and engines of several machines share."""

from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from store.errors import DatabaseError

# "mazok" in ASCII, so that no other program locks the same numbers.
MIGRATION_LOCK, QUEUE_LOCK = 0x6D617A6F6B, 0x6D617A6F6C
# How many connections a process opens at most, if the address does not say `?connections=…`:
# three bots with four engines stay below PostgreSQL's usual limit of a hundred.
CONNECTIONS = 8
CONNECT_S = 10.0
# For one statement, and for a free connection of the pool. A network that swallows packets would
# otherwise hold a process up until the operating system gives the connection up, after hours.
STATEMENT_S = 30.0
SERVER_SETTINGS = {
    "application_name": "mazok",
    # A machine that loses its power inside a transaction must not keep its locks for hours.
    "idle_in_transaction_session_timeout": "60000",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


def connect(url: URL) -> AsyncEngine:
    """Return an engine for the server at `url`, of whose query it understands two names more.

    connections: the size of the pool. sslmode: as in the addresses that hosting companies give;
    asyncpg knows it as `ssl`. Raises DatabaseError, one sentence.
    """
    query = dict(url.query)
    connections = str(query.pop("connections", CONNECTIONS))
    if not connections.isdecimal() or int(connections) < 1:
        raise DatabaseError("connections= in MAZOK_DATABASE must be a number above 0.")
    if find_spec("asyncpg") is None:
        raise DatabaseError('PostgreSQL needs one more library: pip install ".[cluster]".')
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    arguments: dict[str, Any] = {
        "timeout": CONNECT_S,
        "command_timeout": STATEMENT_S,
        "server_settings": SERVER_SETTINGS,
    }
    return create_async_engine(
        url.set(query=query),
        connect_args=arguments,
        pool_size=int(connections),
        max_overflow=0,
        pool_timeout=STATEMENT_S,
        pool_pre_ping=True,  # the server may have been restarted since a connection was used
        hide_parameters=True,  # an error's text must not hold what people wrote
    )


async def take_turns(connection: AsyncConnection, lock: int) -> None:
    """Wait until no other transaction holds this lock, and hold it until the transaction's end.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(lock)))
