"""The requester's half of a job's life: accepted once, charged once, in a fair place, cancelled."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from store import audit, jobs
from store.database.database import Database
from store.errors import Refused, RequestError
from store.jobs import engines
from store.jobs.engines import EngineState
from store.model import Accepted, CancelOutcome, Notice, QueueLimits, Requester
from store.request.request import DrawRequest
from store.texts import sentence
from store.users import users
from tests.fixtures.store import RESULT, ask, claimed, credits, found, sql

ASKER = Requester(user_id=7, chat_id=7, chat_type="private", message_id=3, language="ru")


async def place(db: Database, job_id: int) -> int:
    forecast = (await jobs.forecasts(db)).get(job_id)
    return forecast.place if forecast else 0


async def wait(db: Database, job_id: int) -> float | None:
    forecast = (await jobs.forecasts(db)).get(job_id)
    return forecast.wait if forecast else None


async def test_an_accepted_request_is_a_job_a_charge_and_an_acknowledgement(db: Database) -> None:
    request = DrawRequest("кот", steps=5)
    accepted = await jobs.enqueue(db, request, ASKER, request_key="7:3", update_id=1)
    assert await place(db, accepted.job_id) == 1 and not accepted.duplicate
    job = await found(db, accepted.job_id)
    assert job.request.seed is not None
    assert replace(job.request, seed=None) == request
    assert (job.state, job.chat_id, job.language, job.price) == ("queued", 7, "ru", 1)
    assert await credits(db, 7) == 49
    assert await sql(db, "SELECT kind, state FROM outbox") == [("ack", "pending")]
    assert await sql(db, "SELECT update_id FROM updates") == [(1,)]


async def test_a_redelivered_update_is_the_same_job_and_one_charge(db: Database) -> None:
    async def again() -> Accepted:
        return await jobs.enqueue(db, DrawRequest("кот"), ASKER, request_key="7:3", update_id=1)

    answers = await asyncio.gather(*(again() for _ in range(5)))
    assert sorted(answer.duplicate for answer in answers) == [False, True, True, True, True]
    assert len({answer.job_id for answer in answers}) == 1
    assert await credits(db, 7) == 49
    assert await sql(db, "SELECT COUNT(*) FROM outbox") == [(1,)]


async def test_of_fifty_requests_at_once_on_one_credit_one_is_taken(db: Database) -> None:
    results = await asyncio.gather(
        *(ask(db, daily_credits=1) for _ in range(50)), return_exceptions=True
    )
    refusals = [result for result in results if isinstance(result, Refused)]
    assert len(refusals) == 49
    assert {refusal.key for refusal in refusals} == {"no-credits"}
    assert await credits(db, daily_credits=1) == 0
    assert await sql(db, "SELECT COUNT(*) FROM jobs") == [(1,)]


async def test_a_refusal_changes_nothing(db: Database) -> None:
    limits = QueueLimits(daily_credits=0)
    with pytest.raises(Refused) as caught:
        await jobs.enqueue(
            db, DrawRequest("кот"), ASKER, request_key="k", update_id=1, limits=limits
        )
    assert caught.value.key == "credits-never"
    for table in ("users", "jobs", "outbox", "ledger", "updates"):
        assert await sql(db, f"SELECT * FROM {table}") == []


async def test_each_refusal_has_its_words(db: Database) -> None:
    await ask(db)
    await ask(db)
    keys = []
    limited: list[tuple[int, dict[str, Any]]] = [(1, {"per_user_waiting": 2}), (2, {"queue": 2})]
    for user, limits in limited:
        with pytest.raises(Refused) as caught:
            await ask(db, user, **limits)
        keys.append(caught.value.key)
        assert "{" not in sentence(caught.value, "ru") + sentence(caught.value, "en")
    await sql(db, "UPDATE users SET blocked = TRUE")
    with pytest.raises(Refused, match="are banned"):
        await ask(db)
    assert keys == ["too-many-jobs", "queue-full"]


async def midnight(db: Database) -> None:
    """Makes today yesterday."""
    await sql(db, "UPDATE users SET used_day = used_day - 1")


async def test_a_new_day_brings_all_free_credits_again(db: Database) -> None:
    for _ in range(3):
        await ask(db, daily_credits=3)
    with pytest.raises(Refused):
        await ask(db, daily_credits=3)
    await midnight(db)
    for _ in range(3):
        await ask(db, daily_credits=3)


async def test_old_updates_are_forgotten(db: Database) -> None:
    await jobs.cancel(db, user_id=1, update_id=1)
    await sql(db, "UPDATE updates SET at_ms = at_ms - 3 * 86400000")
    await jobs.cancel(db, user_id=1, update_id=2)
    await audit.delete_old_updates(db)
    assert await sql(db, "SELECT update_id FROM updates") == [(2,)]


async def test_place_counts_those_ahead(db: Database) -> None:
    first, second, third = [await ask(db) for _ in range(3)]
    assert [await place(db, job) for job in (first, second, third)] == [1, 2, 3]
    job, token = await claimed(db)
    assert [await place(db, job) for job in (first, second, third)] == [1, 1, 2]
    await jobs.finish(db, job.id, token, RESULT, [])
    assert await place(db, first) == 0
    assert await place(db, 999) == 0


async def test_the_estimate_comes_from_recent_pictures_and_living_engines(db: Database) -> None:
    first, second, third = [await ask(db) for _ in range(3)]
    job, token = await claimed(db)
    assert await wait(db, second) is None
    await jobs.finish(db, job.id, token, RESULT, [])  # 10 steps in 5 s
    assert await wait(db, second) is None  # nobody is there to paint it
    await engines.record_heartbeat(db, EngineState("one", ["pocket"], "cpu", [(64, 64)], 1))
    assert await wait(db, second) == 0.0
    assert await wait(db, third) == 5.0
    job, token = await claimed(db)
    await jobs.beat(db, job.id, token, step=8, steps=20)
    assert await wait(db, third) == 6.0
    assert await wait(db, second) == 0.0
    assert await wait(db, first) is None


async def test_before_the_first_picture_a_recorded_speed_will_do(db: Database) -> None:
    await ask(db)
    waiting = await ask(db)
    await engines.record_heartbeat(db, EngineState("one", ["pocket"], "cpu", [(64, 64)], 1))
    await engines.record_speed(db, "pocket 64x64", 2.0)
    await engines.record_speed(db, "pocket 64x64", 0.25)
    job, token = await claimed(db)
    await jobs.beat(db, job.id, token, step=0, steps=40)
    assert await wait(db, waiting) == 10.0


async def test_the_estimate_counts_the_steps_of_all_scenes(db: Database) -> None:
    _, scenes, waiting = [await ask(db) for _ in range(3)]
    request = DrawRequest("кот ^ пёс ^ лиса", steps=10).to_json()
    await sql(db, "UPDATE jobs SET request = :it WHERE id = :job", it=request, job=scenes)
    job, token = await claimed(db)
    await jobs.finish(db, job.id, token, RESULT, [])  # 10 steps in 5 s
    await engines.record_heartbeat(db, EngineState("one", ["pocket"], "cpu", [(64, 64)], 1))
    assert await wait(db, waiting) == 15.0


async def test_on_a_new_machine_the_picture_being_painted_tells_the_pace(db: Database) -> None:
    await ask(db)
    waiting = await ask(db)
    await engines.record_heartbeat(db, EngineState("one", ["pocket"], "cpu", [(64, 64)], 1))
    assert await wait(db, waiting) is None
    job, token = await claimed(db)
    for step, estimate in ((1, None), (10, 30.0)):
        await jobs.beat(db, job.id, token, step=step, steps=40)
        await sql(db, "UPDATE jobs SET updated_ms = started_ms + 10000 WHERE state = 'running'")
        assert await wait(db, waiting) == estimate


async def test_an_idle_engine_starts_at_once(db: Database) -> None:
    job_id = await ask(db)
    await engines.record_heartbeat(db, EngineState("one", ["pocket"], "cpu", [(64, 64)], 1))
    assert await wait(db, job_id) == 0.0


async def test_cancelling_a_waiting_job_gives_the_credit_back_at_once(db: Database) -> None:
    job_id = await ask(db)
    assert await jobs.cancel(db, user_id=1) == CancelOutcome("cancelled", job_id)
    assert (await found(db, job_id)).state == "cancelled"
    assert await credits(db) == 50
    assert await sql(db, "SELECT kind FROM outbox ORDER BY id") == [("ack",), ("cancelled",)]
    assert await jobs.cancel(db, user_id=1) == CancelOutcome("none")
    assert await jobs.claim(db, "engine") is None


async def test_cancelling_takes_the_newest_and_then_the_next(db: Database) -> None:
    first, second = [await ask(db) for _ in range(2)]
    await claimed(db)
    await claimed(db)
    outcomes = [await jobs.cancel(db, user_id=1) for _ in range(2)]
    assert outcomes == [CancelOutcome("stopping", second), CancelOutcome("stopping", first)]


async def test_cancelling_is_for_ones_own_jobs(db: Database) -> None:
    job_id = await ask(db, 1, chat=-5)
    assert await jobs.cancel(db, user_id=2, job_id=job_id) == CancelOutcome("none")
    assert await jobs.cancel(db, user_id=1, chat_id=1) == CancelOutcome("none")
    cancelled = await jobs.cancel(db, user_id=1, chat_id=-5, job_id=job_id)
    assert cancelled == CancelOutcome("cancelled", job_id)


async def test_a_redelivered_cancel_ends_no_second_job(db: Database) -> None:
    first, second = [await ask(db) for _ in range(2)]
    assert await jobs.cancel(db, user_id=1, update_id=9) == CancelOutcome("cancelled", second)
    assert await jobs.cancel(db, user_id=1, update_id=9) == CancelOutcome("repeated")
    assert (await found(db, first)).state == "queued"


async def test_a_request_that_breaks_a_later_limit_breaks_only_itself(db: Database) -> None:
    job_id = await ask(db)
    await sql(db, "UPDATE jobs SET request = '{}', status_message_id = 5")
    assert [job.id for job in await jobs.active(db)] == [job_id]
    job, token = await claimed(db)
    with pytest.raises(RequestError):
        _ = job.request
    assert await jobs.fail(db, job_id, token, Notice("job-lost"), retry=False) == "failed"


async def test_only_jobs_that_show_progress_are_active(db: Database) -> None:
    shown, _silent, ended = [await ask(db) for _ in range(3)]
    await sql(db, "UPDATE jobs SET status_message_id = 5 WHERE id IN (:a, :b)", a=shown, b=ended)
    await jobs.cancel(db, user_id=1, job_id=ended)
    assert [job.id for job in await jobs.active(db)] == [shown]


async def test_engines_are_known_while_they_live(db: Database) -> None:
    one = EngineState("one", ("pocket",), "cpu", ((64, 64), (128, 128)), 1)
    await engines.record_heartbeat(db, replace(one, device="cuda"))
    await engines.record_heartbeat(db, one)
    await engines.record_heartbeat(db, replace(one, name="two"))
    assert await engines.alive_engines(db) == [one, replace(one, name="two")]
    await engines.remove_engine(db, "two")
    await sql(db, "UPDATE engines SET beat_ms = beat_ms - 20000")
    assert await engines.alive_engines(db) == []
    await sql(db, "UPDATE engines SET beat_ms = 0")
    await engines.record_heartbeat(db, replace(one, name="three"))
    assert await sql(db, "SELECT name FROM engines") == [("three",)]


async def test_a_blocked_person_is_turned_away_once_for_each_ban(db: Database) -> None:
    assert await users.find(db, 1) == users.UserStatus()
    await ask(db)
    await sql(db, "UPDATE users SET language = 'en', blocked = TRUE")
    assert await users.find(db, 1) == users.UserStatus("en", blocked=True)
    assert [await users.notify_ban_once(db, 1) for _ in range(3)] == [True, False, False]


async def test_a_request_that_cannot_be_read_neither_blocks_the_queue_nor_its_estimates(
    db: Database,
) -> None:
    broken, good = await ask(db), await ask(db, user=2)
    await sql(db, "UPDATE jobs SET request = '{' WHERE id = :id", id=broken)
    await engines.record_heartbeat(db, EngineState("e", ["pocket"], "cpu", [(64, 64)], 1))
    await engines.record_speed(db, "pocket", 1.0)
    await sql(db, "UPDATE jobs SET steps = 10 WHERE id = :id", id=good)
    assert (await claimed(db))[0].id == broken
    assert await wait(db, good) == 10.0
    assert (await claimed(db))[0].id == good
