"""Whatever people, engines and couriers do in whatever order, what must hold between rows holds."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from store import jobs
from store.database.database import Database
from store.errors import Refused
from store.maintenance.invariants import INVARIANTS
from store.messages import outbox
from store.model import UNFINISHED
from store.tables import jobs as table
from tests.fixtures.store import BROKEN, RESULT, ask, credits, deliver_all, sql

PEOPLE, CREDITS, STEPS, EVERY = 4, 12, 240, 12


class World:
    """Does random things to a store, and remembers who holds which job by right."""

    def __init__(self, db: Database, seed: int) -> None:
        self.db, self.random = db, random.Random(seed)
        self.holders: dict[int, str] = {}  # the valid token of each running job
        self.stale: list[tuple[int, str]] = [(1, "0" * 32)]
        self.ended: dict[int, str] = {}
        self.saved = 0

    async def step(self) -> None:
        actions: tuple[Callable[[], Awaitable[None]], ...] = (
            *(self._ask, self._ask, self._claim, self._claim, self._beat, self._end, self._end),
            *(self._end_in_vain, self._cancel, self._die, self._deliver),
        )
        await self.random.choice(actions)()

    async def _ask(self) -> None:
        person = self.random.randint(1, PEOPLE)
        with suppress(Refused):
            await ask(self.db, person, daily_credits=CREDITS, per_user_waiting=3)

    async def _claim(self) -> None:
        await sql(self.db, "UPDATE jobs SET not_before_ms = 0")
        job = await jobs.claim(self.db, f"engine:{self.random.randint(1, 3)}")
        if job is not None:
            assert job.token and job.id not in self.holders and job.id not in self.ended
            self.holders[job.id] = job.token

    def _held(self) -> tuple[int, str] | None:
        return self.random.choice(sorted(self.holders.items())) if self.holders else None

    async def _beat(self) -> None:
        if (held := self._held()) is not None:
            self.saved += 1
            saved = (self.saved, f"jobs/{held[0]}/l") if self.random.random() < 0.3 else None
            assert (await jobs.beat(self.db, *held, step=1, steps=9, saved=saved)).alive

    async def _end(self) -> None:
        """End an attempt in one of the ways that an engine has."""
        if (held := self._held()) is None:
            return
        assert await self._try_to_end(*held)
        self.stale.append((held[0], self.holders.pop(held[0])))

    async def _end_in_vain(self) -> None:
        """Do the same by a token that was lost, or of a job that has ended."""
        job_id, token = self.random.choice(self.stale)
        before = await sql(self.db, "SELECT id, state, token, attempt FROM jobs ORDER BY id")
        assert not await self._try_to_end(job_id, token)
        assert not (await jobs.beat(self.db, job_id, token, step=1, steps=9)).alive
        assert (
            await sql(self.db, "SELECT id, state, token, attempt FROM jobs ORDER BY id") == before
        )

    async def _try_to_end(self, job_id: int, token: str) -> bool:
        folder = f"jobs/{job_id}/{token}"
        picture, film, gif = (f"{folder}/a.{kind}" for kind in ("png", "mp4", "gif"))
        result = replace(RESULT, picture=picture, animation=film, gif=gif)
        ends: tuple[Callable[[], Awaitable[Any]], ...] = (
            lambda: jobs.finish(self.db, job_id, token, result, []),
            lambda: jobs.finish(self.db, job_id, token, result, []),
            lambda: jobs.fail(self.db, job_id, token, BROKEN, retry=True),
            lambda: jobs.fail(self.db, job_id, token, BROKEN, retry=False),
            lambda: jobs.hand_back(self.db, job_id, token, BROKEN),
            lambda: jobs.release(self.db, job_id, token),
            lambda: jobs.cancelled(self.db, job_id, token),
        )
        return bool(await self.random.choice(ends)())

    async def _cancel(self) -> None:
        await jobs.cancel(self.db, user_id=self.random.randint(1, PEOPLE))

    async def _die(self) -> None:
        """Let an engine be killed: its lease ends, and somebody notices."""
        if (held := self._held()) is not None:
            await sql(self.db, "UPDATE jobs SET lease_until_ms = 1 WHERE id = :id", id=held[0])
            assert [job_id for job_id, _ in await jobs.reap(self.db)] == [held[0]]
            self.stale.append((held[0], self.holders.pop(held[0])))

    async def _deliver(self) -> None:
        delivery = await outbox.claim_due(self.db, "courier")
        if delivery is not None:
            assert await outbox.mark_delivered(self.db, delivery, message_id=1000 + delivery.id)
            assert not await outbox.mark_delivered(self.db, delivery, message_id=1)

    async def check(self) -> None:
        """Compare with what is remembered, and look for broken promises."""
        async with self.db.read() as connection:
            rows = (
                await connection.execute(select(table.c.id, table.c.state, table.c.token))
            ).all()
            broken = [
                (one.number, one.broken, found)
                for one in INVARIANTS
                if (found := (await connection.execute(one.query)).all())
            ]
        assert broken == []
        assert {row.id: row.token for row in rows if row.state == "running"} == self.holders
        for row in rows:
            assert row.state == self.ended.get(row.id, row.state), "an end is final"
            if row.state not in UNFINISHED:
                self.ended[row.id] = row.state
        for person in range(1, PEOPLE + 1):
            await credits(self.db, person, daily_credits=CREDITS)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.thorough)])
async def test_whatever_happens_in_whatever_order_every_promise_holds(
    db: Database, seed: int
) -> None:
    world = World(db, seed)
    for step in range(STEPS):
        await world.step()
        if step % EVERY == 0:
            await world.check()
    await deliver_all(db)
    await world.check()
    assert {"done", "failed", "cancelled"} <= set(world.ended.values())
    told = await sql(
        db,
        "SELECT jobs.id, COUNT(*) FROM jobs JOIN outbox ON outbox.job_id = jobs.id "
        "WHERE jobs.state = 'done' AND outbox.kind IN ('animation', 'picture') "
        "AND outbox.state = 'sent' GROUP BY jobs.id",
    )
    done = sorted(job for job, state in world.ended.items() if state == "done")
    assert sorted(told) == [(job, 2) for job in done]
