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
# For a pooler that gives each transaction another connection: nothing outlives a transaction, so
# statements are prepared without a name, and settings are left to the server.
POOLER_ARGUMENTS = {
    "server_settings": {"application_name": "mazok"},
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,
}


def connect(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Return engines for (reading, writing) on the server at `url`.

    Its query may have three names more than asyncpg knows. connections: the size of the pool that
    both engines share. pooler: whether PgBouncer or its like stands before the server. sslmode: as
    in the addresses that hosting companies give. Raises DatabaseError.
    """
    query = dict(url.query)
    behind_pooler = query.pop("pooler", "no")
    if behind_pooler not in ("yes", "no"):
        raise DatabaseError("database-pooler-word")
    connections = str(query.pop("connections", CONNECTIONS))
    if not connections.isdecimal() or int(connections) < 1:
        raise DatabaseError("database-connections")
    if find_spec("asyncpg") is None:
        raise DatabaseError("extra-missing", package="asyncpg", extra="cluster")
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    arguments: dict[str, Any] = {
        "timeout": CONNECT_S,
        "command_timeout": STATEMENT_S,
        "server_settings": SERVER_SETTINGS,
    }
    is_pooled = behind_pooler == "yes"
    if is_pooled:
        arguments |= POOLER_ARGUMENTS
    engine = create_async_engine(
        url.set(query=query),
        connect_args=arguments,
        pool_size=int(connections),
        max_overflow=0,
        pool_timeout=STATEMENT_S,
        pool_pre_ping=True,  # the server may have been restarted since a connection was used
        hide_parameters=True,  # an error's text must not hold what people wrote
    )
    # Outside a transaction a pooler may prepare a statement on one connection and execute it on
    # another. Each statement of a transaction sees the newest commit, too.
    return engine if is_pooled else engine.execution_options(isolation_level="AUTOCOMMIT"), engine


def is_poolers(error: Exception) -> bool:
    """Return whether a pooler has refused what a server itself takes."""
    return "unsupported startup parameter" in str(error)


async def take_turns(connection: AsyncConnection, lock: int) -> None:
    """Wait until no other transaction holds this lock, and hold it until the transaction's end.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(lock)))
