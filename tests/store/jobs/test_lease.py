"""The engine's half of a job's life: one holder at a time, and whoever lost it writes nothing."""

import pytest

from store import jobs
from store.database.database import Database
from store.model import Heartbeat, Notice
from tests.fixtures.store import BROKEN, RESULT, ask, claimed, credits, found, sql


async def state(db: Database, job_id: int) -> str:
    return (await found(db, job_id)).state


async def kinds(db: Database) -> list[str]:
    return [kind for (kind,) in await sql(db, "SELECT kind FROM outbox ORDER BY id")]


async def test_a_claim_knows_all_of_the_job(db: Database) -> None:
    job_id = await ask(db)
    job, token = await claimed(db, "engine", lease_s=30)
    assert (job.id, job.state, job.prompt) == (job_id, "running", "кот")
    assert job.lease_until_ms is not None
    assert job.started_ms is not None
    assert 29_000 < job.lease_until_ms - job.started_ms <= 30_000
    assert len(token) == 32
    assert await jobs.claim(db, "engine") is None


async def test_a_beat_reports_and_renews(db: Database) -> None:
    await ask(db)
    job, token = await claimed(db, lease_s=0)
    beat = await jobs.beat(db, job.id, token, step=3, steps=9, loss=0.5, preview="p", lease_s=30)
    assert beat == Heartbeat(alive=True, cancel=False)
    assert await jobs.beat(db, job.id, token, step=4, steps=9) == beat
    after = await found(db, job.id)
    assert (after.step, after.steps, after.loss, after.preview) == (4, 9, 0.5, "p")
    assert await jobs.reap(db) == []


async def test_a_stale_token_changes_nothing(db: Database) -> None:
    job_id = await ask(db)
    _, old = await claimed(db, lease_s=0)
    assert await jobs.reap(db) == [(job_id, "queued")]
    _, new = await claimed(db, "another engine")
    before = await found(db, job_id)
    gone = Heartbeat(alive=False, cancel=False)
    assert await jobs.beat(db, job_id, old, step=9, steps=9, saved=(9, "x")) == gone
    assert not await jobs.finish(db, job_id, old, RESULT, [])
    assert await jobs.fail(db, job_id, old, BROKEN, retry=True) is None
    assert await jobs.fail(db, job_id, old, BROKEN, retry=False) is None
    assert not await jobs.release(db, job_id, old)
    assert not await jobs.cancelled(db, job_id, old)
    assert await found(db, job_id) == before
    assert await kinds(db) == ["ack"]
    assert await jobs.finish(db, job_id, new, RESULT, [])


async def test_finishing_tells_in_order_and_only_once(db: Database) -> None:
    job_id = await ask(db)
    _, token = await claimed(db)
    notices = [Notice("notice-size-rounded", {"width": 64, "height": 64})]
    assert await jobs.finish(db, job_id, token, RESULT, notices)
    assert not await jobs.finish(db, job_id, token, RESULT, notices)
    job = await found(db, job_id)
    assert (job.state, job.result, list(job.notices)) == ("done", RESULT, notices)
    assert await kinds(db) == ["ack", "animation", "picture"]
    assert await credits(db) == 49


async def test_a_failure_is_tried_again_later_and_after_the_third_given_up(db: Database) -> None:
    job_id = await ask(db)
    for attempt in (1, 2):
        job, token = await claimed(db)
        assert await jobs.fail(db, job_id, token, BROKEN, retry=True) == "queued"
        job = await found(db, job_id)
        wait = job.not_before_ms - job.updated_ms
        assert wait == pytest.approx(1000 * 2**attempt, abs=5)
        assert await jobs.claim(db, "engine") is None
        await sql(db, "UPDATE jobs SET not_before_ms = 0")
    _, token = await claimed(db)
    assert await jobs.fail(db, job_id, token, BROKEN, retry=True) == "failed"
    job = await found(db, job_id)
    assert (job.state, job.error) == ("failed", BROKEN)
    assert await credits(db) == 50
    assert await kinds(db) == ["ack", "sorry"]


async def test_what_cannot_be_helped_fails_at_once(db: Database) -> None:
    job_id = await ask(db)
    _, token = await claimed(db)
    assert await jobs.fail(db, job_id, token, BROKEN, retry=False) == "failed"
    assert await credits(db) == 50


async def test_a_dead_engines_job_waits_again_and_the_third_death_ends_it(db: Database) -> None:
    job_id = await ask(db)
    states = []
    for _ in range(3):
        await claimed(db, lease_s=0)
        states += await jobs.reap(db)
    assert states == [(job_id, "queued"), (job_id, "queued"), (job_id, "failed")]
    job = await found(db, job_id)
    assert (job.attempt, job.error) == (3, BROKEN)
    assert await credits(db) == 50
    assert await kinds(db) == ["ack", "sorry"]
    assert await jobs.reap(db) == []


async def test_progress_that_was_saved_starts_the_attempts_anew(db: Database) -> None:
    job_id = await ask(db)
    for step in range(10, 60, 10):
        job, token = await claimed(db, lease_s=0)
        assert job.saved_step == (step - 10 or None)
        await jobs.beat(db, job_id, token, step=step, steps=99, saved=(step, f"s{step}"), lease_s=0)
        assert (await found(db, job_id)).attempt == 0
        assert await jobs.reap(db) == [(job_id, "queued")]
    job = await found(db, job_id)
    assert (job.saved_step, job.latent) == (50, "s50")


async def test_codes_that_were_saved_start_the_attempts_anew(db: Database) -> None:
    job_id = await ask(db)
    for known in range(5):
        job, token = await claimed(db, lease_s=0)
        saved = (known - 10, f"s{known}")
        await jobs.beat(db, job_id, token, step=0, steps=9, drawn=known, saved=saved, lease_s=0)
        assert (await found(db, job_id)).attempt == 0
        assert await jobs.reap(db) == [(job_id, "queued")]
    job = await found(db, job_id)
    assert (job.saved_step, job.latent, job.drawn) == (-6, "s4", 4)


async def test_an_older_latent_is_no_progress(db: Database) -> None:
    job_id = await ask(db)
    _, token = await claimed(db, lease_s=0)
    await jobs.beat(db, job_id, token, step=20, steps=99, saved=(20, "s20"), lease_s=0)
    await jobs.reap(db)
    _, token = await claimed(db)
    for step in (10, 20):
        await jobs.beat(db, job_id, token, step=step, steps=99, saved=(step, "old"))
    job = await found(db, job_id)
    assert (job.attempt, job.saved_step, job.latent) == (1, 20, "s20")


async def test_a_clean_shutdown_costs_neither_place_nor_attempt(db: Database) -> None:
    job_id = await ask(db)
    before = await found(db, job_id)
    _, token = await claimed(db)
    assert await jobs.release(db, job_id, token)
    after = await found(db, job_id)
    assert (after.state, after.rank, after.attempt, after.token) == ("queued", before.rank, 0, None)
    _, token = await claimed(db)
    await jobs.beat(db, job_id, token, step=1, steps=9, saved=(1, "s1"))
    assert await jobs.release(db, job_id, token)
    assert (await found(db, job_id)).attempt == 0


async def test_the_next_beat_reads_the_cancel_and_the_engine_confirms(db: Database) -> None:
    job_id = await ask(db)
    _, token = await claimed(db)
    assert (await jobs.cancel(db, user_id=1)).state == "stopping"
    assert await credits(db) == 49
    beat = await jobs.beat(db, job_id, token, step=1, steps=9)
    assert beat == Heartbeat(alive=True, cancel=True)
    assert await jobs.cancelled(db, job_id, token)
    assert not await jobs.cancelled(db, job_id, token)
    assert await state(db, job_id) == "cancelled"
    assert await credits(db) == 50
    assert await kinds(db) == ["ack", "cancelled"]


@pytest.mark.parametrize("ending", ["fail", "release", "reap"])
async def test_a_cancelled_job_is_not_painted_again(db: Database, ending: str) -> None:
    job_id = await ask(db)
    _, token = await claimed(db, lease_s=0)
    await jobs.cancel(db, user_id=1)
    if ending == "fail":
        assert await jobs.fail(db, job_id, token, BROKEN, retry=True) == "cancelled"
    elif ending == "release":
        assert await jobs.release(db, job_id, token)
    else:
        assert await jobs.reap(db) == [(job_id, "cancelled")]
    assert await state(db, job_id) == "cancelled"
    assert await credits(db) == 50


async def test_the_first_start_is_remembered(db: Database) -> None:
    job_id = await ask(db)
    first, token = await claimed(db)
    await jobs.release(db, job_id, token)
    await sql(db, "UPDATE jobs SET started_ms = started_ms - 5000")
    again, _ = await claimed(db)
    assert first.started_ms is not None
    assert again.started_ms == first.started_ms - 5000
