"""A real database in a file for each test of the store, and short ways to ask it for things."""

import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import text

from store import jobs, outbox
from store.credits import standing
from store.database import Database
from store.jobs import Asker, Job, Limits, Notice, Result
from store.request import DrawRequest
from store.together import Together

_messages = count(1)
RESULT = Result("a.png", "a.mp4", "a.gif", 64, 64, steps=10, seconds=5.0, loss=0.5, seed=7)
BROKEN = Notice("job-lost")


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@cache
def _workshop() -> Path:
    """A folder of this process's, for what many tests need and few should wait for."""
    folder = Path(tempfile.mkdtemp(prefix="mazok-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


_closed: list[tuple[Path, Database]] = []  # each with the link that leads it to its file


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    """The database in the folder; where there is none, a fresh one."""
    path = folder / "mazok.db"
    if not path.exists():
        async with _fresh(path) as db:
            yield db
        return
    db = await Database.open(url(path))
    try:
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def _fresh(path: Path) -> AsyncIterator[Database]:
    """The tables are made once, and then copied.

    What SQLAlchemy has compiled belongs to a `Database`, and is worth keeping: one that was closed
    is opened again, on another file.
    """
    template = _workshop() / "fresh.db"
    if not template.exists():
        await (await Database.open(url(template))).close()
    shutil.copy(template, path)
    if _closed:
        link, db = _closed.pop()
        link.unlink()
        link.symlink_to(path)
        db._together = Together(db._writer)  # each test has a loop of its own
    else:
        link = Path(tempfile.mkdtemp(dir=_workshop())) / "mazok.db"
        link.symlink_to(path)
        db = await Database.open(url(link))
    try:
        yield db
    finally:
        await db.close()
    _closed.append((link, db))


async def ask(
    db: Database,
    user: int = 1,
    *,
    chat: int | None = None,
    request: DrawRequest | None = None,
    **limits: Any,
) -> int:
    """A new job of this person; its number."""
    message = next(_messages)
    chat = user if chat is None else chat
    asker = Asker(user, chat, "private" if chat > 0 else "supergroup", message, None, "ru")
    accepted = await jobs.accept(
        db,
        request or DrawRequest("кот"),
        asker,
        request_key=f"{chat}:{message}",
        limits=Limits(**{"per_user_waiting": 1000, **limits}),
    )
    return accepted.job_id


async def claimed(db: Database, worker: str = "engine", lease_s: float = 30.0) -> tuple[Job, str]:
    """The next job and its token."""
    job = await jobs.claim(db, worker, lease_s)
    assert job is not None
    assert job.token is not None
    return job, job.token


async def found(db: Database, job_id: int) -> Job:
    job = await jobs.find(db, job_id)
    assert job is not None
    return job


async def next_due(db: Database, lease_s: float = 20.0) -> outbox.Delivery:
    delivery = await outbox.due(db, "courier", lease_s)
    assert delivery is not None
    return delivery


async def deliver_all(db: Database) -> list[str]:
    """Delivers what is due; the kinds in their order."""
    kinds = []
    while (delivery := await outbox.due(db, "courier")) is not None:
        assert await outbox.delivered(db, delivery, message_id=1000 + delivery.id)
        kinds.append(delivery.kind)
    return kinds


async def sql(db: Database, statement: str, **values: Any) -> list[Any]:
    """For looking where no function looks, and for moving the hands of the clock."""
    async with db.write() as connection:
        result = await connection.execute(text(statement), values)
        return [tuple(row) for row in result] if result.returns_rows else []


async def credits(db: Database, user: int = 1, **limits: int) -> int:
    """What this person has, of the free and the granted ones, as the ledger tells it too."""
    account = (await standing(db, user, limits=Limits(**limits))).own
    [(granted, used)] = await sql(
        db,
        "SELECT COALESCE(SUM(granted), 0), COALESCE(SUM(granted - delta), 0) FROM ledger "
        "WHERE user_id = :user",
        user=user,
    )
    assert (account.granted, account.used) == (granted, used)
    return account.left
