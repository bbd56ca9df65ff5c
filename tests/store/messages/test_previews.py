"""A preview never comes after a result, whichever processes show the one and send the other."""

import asyncio
from contextlib import AsyncExitStack

from store import chat_lifecycle, jobs
from store.database.database import Database
from store.messages import previews, rate_limits
from store.messages.rate_limits import ChatRateLimits
from tests.fixtures.store import RESULT, ask, claimed, deliver_all, next_due, sql

FREE = ChatRateLimits(spacing_ms=0)


async def _running(db: Database) -> tuple[int, str]:
    await ask(db)
    await deliver_all(db)
    job, token = await claimed(db)
    return job.id, token


async def test_while_a_preview_is_shown_a_result_waits(db: Database) -> None:
    job_id, token = await _running(db)
    async with previews.turn(db, job_id, 1, FREE) as job:
        assert job is not None and job.id == job_id
        await jobs.finish(db, job_id, token, RESULT, [])
        assert await rate_limits.acquire(db, 1, False, FREE) > 0
        async with previews.turn(db, job_id, 1, FREE) as another:
            assert another is None
    assert await rate_limits.acquire(db, 1, False, FREE) == 0


async def test_no_preview_is_shown_once_a_result_is_due(db: Database) -> None:
    job_id, token = await _running(db)
    await jobs.finish(db, job_id, token, RESULT, [])
    async with previews.turn(db, job_id, 1, FREE) as job:
        assert job is None
    await deliver_all(db)
    async with previews.turn(db, job_id, 1, FREE) as job:
        assert job is None  # it has ended


async def test_a_group_that_moves_under_a_preview_waits_for_nothing_afterwards(
    db: Database,
) -> None:
    job_id, _ = await _running(db)
    async with previews.turn(db, job_id, 1, FREE) as job:
        assert job is not None
        await chat_lifecycle.chat_moved(db, 1, -1001)
    assert await sql(db, "SELECT chat_id, preview_until_ms FROM chats") == [(-1001, 0)]


async def test_a_bot_that_dies_with_a_preview_holds_results_up_for_a_while_only(
    db: Database,
) -> None:
    job_id, _ = await _running(db)
    async with AsyncExitStack() as dead:
        await dead.enter_async_context(previews.turn(db, job_id, 1, FREE))
        assert await rate_limits.acquire(db, 1, False, FREE) > 0
        await sql(db, "UPDATE chats SET preview_until_ms = 1")
        assert await rate_limits.acquire(db, 1, False, FREE) == 0


async def test_preview_and_result_are_never_under_way_together(db: Database) -> None:
    for _ in range(8):
        job_id, token = await _running(db)
        under_way: list[str] = []
        log: list[str] = []

        async def act(what: str, under_way: list[str] = under_way, log: list[str] = log) -> None:
            assert not under_way
            under_way.append(what)
            log.append(what)
            await asyncio.sleep(0.003)
            under_way.remove(what)

        async def show(job_id: int = job_id) -> None:
            for _ in range(6):
                async with previews.turn(db, job_id, 1, FREE) as job:
                    if job is not None:
                        await act("preview")

        async def deliver(job_id: int = job_id, token: str = token) -> None:
            await asyncio.sleep(0.01)
            await jobs.finish(db, job_id, token, RESULT, [])
            delivery = await next_due(db)
            while await rate_limits.acquire(db, 1, False, FREE):
                await asyncio.sleep(0.005)
            await act(delivery.kind)

        await asyncio.gather(show(), show(), deliver())
        assert log.index("animation") == len(log) - 1
        await sql(db, "UPDATE outbox SET state = 'sent'")
