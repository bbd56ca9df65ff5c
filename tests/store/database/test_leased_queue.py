"""Rows that are due are claimed once, by one owner at a time, whichever table they are in."""

import asyncio
from typing import Any

from sqlalchemy import Row

from store.database.database import Database
from store.database.leased_queue import LeasedQueue
from store.tables import inputs, letters
from tests.fixtures.store import ask, sql

WITH_TOKENS = LeasedQueue(letters)
WITHOUT_TOKENS = LeasedQueue(inputs)


async def claim(
    db: Database, queue: LeasedQueue, lease_s: float = 30.0
) -> Row[*tuple[Any, ...]] | None:
    async with db.write() as connection:
        return await queue.claim(connection, lease_s)


async def claimed(db: Database, queue: LeasedQueue, lease_s: float = 30.0) -> Row[*tuple[Any, ...]]:
    row = await claim(db, queue, lease_s)
    assert row is not None
    return row


async def add_letters(db: Database, count: int) -> None:
    for _ in range(count):
        await sql(db, "INSERT INTO letters (chat_id, due_ms, created_ms) VALUES (1, 0, 0)")


async def test_each_row_is_claimed_by_one_of_many(db: Database) -> None:
    await add_letters(db, 5)
    assert await WITH_TOKENS.any_due(db)
    rows = await asyncio.gather(*(claim(db, WITH_TOKENS) for _ in range(12)))
    assert sorted(row.id for row in rows if row) == [1, 2, 3, 4, 5]
    assert not await WITH_TOKENS.any_due(db)


async def test_a_row_comes_back_when_its_lease_ends_and_the_old_token_is_stale(
    db: Database,
) -> None:
    await add_letters(db, 1)
    lost = await claimed(db, WITH_TOKENS, lease_s=0)
    current = await claimed(db, WITH_TOKENS)
    assert (current.id, current.tries) == (lost.id, 2)
    async with db.write() as connection:
        assert not await WITH_TOKENS.postpone(connection, lost.id, lost.token, 0)
        assert not await WITH_TOKENS.finish(connection, lost.id, lost.token, "failed")
        assert await WITH_TOKENS.finish(connection, current.id, current.token, "sent")
        assert not await WITH_TOKENS.finish(connection, current.id, current.token, "failed")
    assert await sql(db, "SELECT state FROM letters") == [("sent",)]


async def test_a_postponed_row_is_due_later_and_its_try_may_count_or_not(db: Database) -> None:
    await add_letters(db, 1)
    row = await claimed(db, WITH_TOKENS)
    async with db.write() as connection:
        assert await WITH_TOKENS.postpone(connection, row.id, row.token, 60)
    assert await claim(db, WITH_TOKENS) is None
    await sql(db, "UPDATE letters SET due_ms = 0")
    row = await claimed(db, WITH_TOKENS)
    assert row.tries == 2
    async with db.write() as connection:
        assert await WITH_TOKENS.postpone(connection, row.id, row.token, 0, counts=False)
    assert (await claimed(db, WITH_TOKENS)).tries == 2


async def test_without_tokens_a_claim_moves_the_due_time(db: Database) -> None:
    job_id = await ask(db)
    insert = "INSERT INTO inputs (job_id, file_id, key, due_ms) VALUES (:job, 'f', 'k', 0)"
    await sql(db, insert, job=job_id)
    first = await claimed(db, WITHOUT_TOKENS, lease_s=0)
    second = await claimed(db, WITHOUT_TOKENS)
    assert (second.id, second.tries) == (first.id, 2)
    assert await claim(db, WITHOUT_TOKENS) is None
    async with db.write() as connection:
        assert await WITHOUT_TOKENS.postpone(connection, first.id, None, 0, counts=False)
    assert (await claimed(db, WITHOUT_TOKENS)).tries == 2


async def test_lost_rows_come_first_then_urgent_ones_then_the_oldest(db: Database) -> None:
    await add_letters(db, 4)
    await sql(db, "UPDATE letters SET due_ms = 10 - id")
    await sql(db, "UPDATE letters SET state = 'sending', lease_until_ms = 1 WHERE id = 2")
    queue = LeasedQueue(letters, urgent=letters.c.id == 3)
    assert [(await claimed(db, queue)).id for _ in range(4)] == [2, 3, 4, 1]
