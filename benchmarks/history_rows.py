"""Fill an empty database with the rows that a number of finished jobs leaves behind."""

from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, case, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.durations import DAY_MS
from store.model import Result
from store.request.request import DrawRequest
from store.tables import chats, inbox, jobs, ledger, metadata, outbox, updates, users

USERS = 5_000
BUSY_USER, GROUP = 1, -1  # who asked for a hundredth of all pictures; who paid for a tenth
WAITING_USER = 2 * 10**6  # users above it have a waiting job
INTERVAL_MS = 10_000  # between two jobs: a million of them fill 116 days
KEPT_MS = 30 * DAY_MS  # of files
RECENT_UPDATES = 50_000
PORTION = 10_000  # rows of one statement, which a server may end after some seconds
REQUEST = DrawRequest("красный круг на синем фоне | a red circle: 2", seed=7).to_json()
FOLDER = "jobs/123456/0123456789abcdef0123456789abcdef"
RESULT = Result(
    f"{FOLDER}/picture.png",
    f"{FOLDER}/animation.mp4",
    f"{FOLDER}/animation.gif",
    256,
    256,
    steps=150,
    seconds=40.0,
    loss=0.5,
    seed=7,
    models=("pocket", "pocket", "pocket"),
).to_json()


async def fill(db: Database, count: int) -> None:
    """Insert `count` finished jobs of 5,000 users, with their charges, messages and updates."""
    async with db.write() as connection:
        await _insert(connection, users, USERS, lambda n: {"id": n, "created_ms": literal(0)})
        await connection.execute(insert(users).values(id=GROUP, created_ms=0))
        await _insert(connection, chats, USERS, lambda n: {"chat_id": n})
        await _insert(connection, jobs, count, lambda n: _job(n, count))
    await _analyze(db)  # what follows looks for the job of each row
    async with db.write() as connection:
        await _insert(connection, ledger, count, lambda n: _charge(n, count))
        for kind in ("ack", "animation", "picture"):
            await _insert(connection, outbox, count, lambda n, k=kind: _message(n, count, k))
        recent = min(RECENT_UPDATES, count)
        await _insert(connection, inbox, recent, _update)
        seen = {"at_ms": now_ms()}
        await _insert(connection, updates, recent, lambda n: {"update_id": n, **seen})
    async with db.write() as connection:
        if connection.dialect.name == "postgresql":
            # Numbered keys go on behind those that were inserted, and autovacuum has not come yet.
            for table in ("jobs", "ledger", "outbox"):
                sequence = f"setval('{table}_id_seq', (SELECT max(id) FROM {table}))"
                await connection.execute(text(f"SELECT {sequence}"))
    await _analyze(db)


async def _analyze(db: Database) -> None:
    """Let PostgreSQL count the rows, as it does by itself after a while."""
    async with db.write() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("ANALYZE"))


async def add_backlog(db: Database, messages: int, flood: int, count: int) -> None:
    """Add what an outage leaves: `messages` results to send, `flood` updates of one chat.

    count: the number of finished jobs, whose results are to be sent once more.
    """
    since_ms = now_ms() - INTERVAL_MS
    unsent = {"state": "pending", "due_ms": since_ms}
    newest = outbox.c.job_id > count - messages // 3, outbox.c.kind != "ack"
    async with db.write() as connection:
        await connection.execute(update(outbox).where(*newest).values(unsent))
        columns = {"chat_id": literal(GROUP), "kind": literal("message"), "body": literal("{}")}
        times = {"received_ms": since_ms}
        await _insert(
            connection, inbox, flood, lambda n: {"update_id": n + 10**10, **columns, **times}
        )
    await _analyze(db)


async def add_waiting(db: Database, count: int) -> None:
    """Let `count` jobs of as many users wait."""
    async with db.write() as connection:
        new = {"created_ms": literal(0)}
        await _insert(connection, users, count, lambda n: {"id": WAITING_USER + n, **new})
        await _insert(connection, jobs, count, _waiting)
    await _analyze(db)


def _waiting(n: ColumnElement[int]) -> dict[str, Any]:
    named = ("message_id", "chat_type", "language", "request", "prompt", "price", "rank")
    row = {name: value for name, value in _job(n, 0).items() if name in named}
    user = {"user_id": WAITING_USER + n, "chat_id": WAITING_USER + n, "status_message_id": n}
    key = {"request_key": literal("waiting:").concat(n)}
    return row | user | key | {"created_ms": now_ms(), "updated_ms": now_ms()}


async def empty(db: Database) -> None:
    """Delete all rows of a database that was filled here."""
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    async with db.write() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"TRUNCATE {', '.join(tables)}"))
            return
        for name in tables:
            await connection.execute(text(f"DELETE FROM {name}"))


async def is_empty(db: Database) -> bool:
    """Return whether a database has no users, so that nobody's rows are in danger."""
    async with db.read() as connection:
        return (await connection.execute(select(users.c.id).limit(1))).first() is None


def _numbers(first: int, last: int) -> CTE:
    numbers = select(literal(first, BigInteger).label("n")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < last))


async def _insert(connection: AsyncConnection, table: Any, count: int, columns: Any) -> None:
    """Insert `count` rows, whose columns are expressions of their number."""
    for first in range(1, count + 1, PORTION):
        numbers = _numbers(first, min(first + PORTION - 1, count))
        values = columns(numbers.c.n)
        chosen = [value.label(name) for name, value in values.items()]
        await connection.execute(insert(table).from_select(list(values), select(*chosen)))


def _user(n: ColumnElement[int]) -> ColumnElement[int]:
    return case((n % 100 == 7, BUSY_USER), else_=n % USERS + 1)


def _created(n: ColumnElement[int], count: int) -> ColumnElement[int]:
    return now_ms() - (count - n + 1) * INTERVAL_MS


def _job(n: ColumnElement[int], count: int) -> dict[str, Any]:
    created = _created(n, count)
    return {
        "id": n,
        "user_id": _user(n),
        "chat_id": _user(n),
        "message_id": n,
        "chat_type": literal("private"),
        "language": literal("ru"),
        "request_key": literal("old:").concat(n),
        "request": literal(REQUEST),
        "prompt": literal("красный круг на синем фоне | a red circle: 2"),
        "state": case((n % 50 == 0, "failed"), (n % 51 == 0, "cancelled"), else_="done"),
        "rank": n,
        "attempt": literal(0),
        "token": literal("0123456789abcdef0123456789abcdef"),
        "worker": literal("engine:1"),
        "step": literal(150),
        "steps": literal(150),
        "result": case((n % 50 == 0, None), (n % 51 == 0, None), else_=RESULT),
        "status_message_id": n,
        "price": literal(1),
        "created_ms": created,
        "started_ms": created + 1_000,
        "finished_ms": created + 9_000,
        "updated_ms": created + 9_000,
        "expired": created < now_ms() - KEPT_MS,
    }


def _charge(n: ColumnElement[int], count: int) -> dict[str, Any]:
    payer = case((n % 10 == 3, GROUP), else_=_user(n))
    row = {"user_id": payer, "delta": literal(-1), "reason": literal("charge"), "job_id": n}
    return row | {"created_ms": _created(n, count)}


def _message(n: ColumnElement[int], count: int, kind: str) -> dict[str, Any]:
    file = literal("AgACAgIAAxkDAAI" + 60 * "x" if kind in ("animation", "picture") else None)
    row = {"job_id": n, "chat_id": _user(n), "kind": literal(kind), "state": literal("sent")}
    times = {"due_ms": _created(n, count), "created_ms": _created(n, count)}
    return row | times | {"message_id": n, "file_id": file, "courier": literal("bot:1")}


def _update(n: ColumnElement[int]) -> dict[str, Any]:
    row = {"update_id": n, "chat_id": n % USERS + 1, "user_id": n % USERS + 1}
    state = {"kind": literal("message"), "body": literal(""), "state": literal("done")}
    return row | state | {"received_ms": now_ms(), "done_ms": now_ms()}
