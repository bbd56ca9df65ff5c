"""Who is painted next: in rounds by person, whenever they came; and how full the queue may get."""

import random
from collections import Counter

import pytest

from store import jobs
from store.database.database import Database
from store.errors import Refused
from store.jobs import engines, fairness
from store.jobs.engines import EngineState
from store.texts import sentence
from tests.fixtures.store import RESULT, ask, claimed, only_on_sqlite, sql


async def _paint_one(db: Database) -> int:
    """The next job from its claim to its end."""
    job, token = await claimed(db)
    assert await jobs.finish(db, job.id, token, RESULT, [])
    return job.id


async def test_17_ten_jobs_of_one_let_the_first_of_another_pass(db: Database) -> None:
    heavy = [await ask(db, 1) for _ in range(10)]
    light = await ask(db, 2)
    assert (await jobs.forecasts(db))[light].place == 2
    assert [await _paint_one(db) for _ in range(11)] == [heavy[0], light, *heavy[1:]]


async def test_17_the_rounds_do_not_depend_on_how_long_pictures_take(db: Database) -> None:
    """Who comes in the fifth round has missed four, and makes up for none of them."""
    heavy = [await ask(db, 1) for _ in range(10)]
    for job_id in heavy[:4]:
        assert await _paint_one(db) == job_id
    fifth, token = await claimed(db)
    late = [await ask(db, 2) for _ in range(3)]
    other = await ask(db, 3)
    assert (await jobs.forecasts(db))[late[0]].place == 1
    await jobs.finish(db, fifth.id, token, RESULT, [])
    order = [await _paint_one(db) for _ in range(6)]
    assert order == [late[0], other, heavy[5], late[1], heavy[6], late[2]]


async def test_17_persons_with_many_jobs_take_turns(db: Database) -> None:
    first = [await ask(db, 1) for _ in range(3)]
    await _paint_one(db)
    second = [await ask(db, 2) for _ in range(3)]
    order = [await _paint_one(db) for _ in range(5)]
    assert order == [second[0], first[1], second[1], first[2], second[2]]


async def test_17_a_job_that_comes_back_after_a_crash_keeps_its_turn(db: Database) -> None:
    mine, other = await ask(db, 1), await ask(db, 2)
    job, token = await claimed(db)
    assert job.id == mine
    await jobs.release(db, job.id, token)
    newcomer = await ask(db, 3)
    assert [await _paint_one(db) for _ in range(3)] == [mine, other, newcomer]


async def test_17_a_hundred_jobs_of_one_keep_twenty_others_waiting_for_two_at_most(
    db: Database,
) -> None:
    """All take equally long; during every second one, somebody asks for a single picture."""
    heavy = [await ask(db, 1, daily_credits=100) for _ in range(100)]
    asked: dict[int, int] = {}  # when each of the others has asked, in jobs since the start
    begun: dict[int, int] = {}
    order: list[int] = []
    for now in range(120):
        job, token = await claimed(db)
        order.append(job.id)
        begun[job.id] = now
        if now % 2 == 0 and len(asked) < 20:
            asked[await ask(db, 100 + now)] = now
        assert await jobs.finish(db, job.id, token, RESULT, [])
    waits = [begun[job_id] - asked[job_id] for job_id in asked]
    assert len(waits) == 20 and max(waits) <= 2
    assert [job_id for job_id in order if job_id not in asked] == heavy  # and nobody starves
    assert await jobs.claim(db, "engine", 30.0) is None


async def test_17_at_any_time_twenty_persons_are_served_equally_often(db: Database) -> None:
    """Whoever waits has got one picture less than another who waits, at most."""
    asking = [person for person in range(1, 21) for _ in range(5)]
    random.Random(17).shuffle(asking)
    left = Counter(asking)
    for person in asking:
        await ask(db, person)
    served = Counter[int]()
    while left:
        job, token = await claimed(db)
        assert served[job.user_id] == min(served[person] for person in left)
        assert await jobs.finish(db, job.id, token, RESULT, [])
        served[job.user_id] += 1
        left -= Counter([job.user_id])
    assert set(served.values()) == {5}


async def test_17_nobody_has_more_waiting_jobs_than_is_allowed(db: Database) -> None:
    for _ in range(2):
        await ask(db, 1, per_user_waiting=2)
    with pytest.raises(Refused, match="You already have 2 pictures"):
        await ask(db, 1, per_user_waiting=2)
    await ask(db, 2, per_user_waiting=2)
    await _paint_one(db)
    await ask(db, 1, per_user_waiting=2)


async def _refusal(db: Database) -> tuple[str, str]:
    """What is said, in both languages, where only two may wait."""
    with pytest.raises(Refused) as caught:
        await ask(db, 9, queue=2)
    assert caught.value.key == "queue-full"
    return sentence(caught.value, "ru"), sentence(caught.value, "en")


async def test_18_a_full_queue_says_how_many_wait_and_when_to_try_again(db: Database) -> None:
    for user in (1, 2):
        await ask(db, user)
    russian, english = await _refusal(db)
    assert russian == "В очереди уже 2 картины, больше она не вмещает. Попробуйте позже."
    assert english == "2 pictures wait already, and the queue takes no more. Try again later."
    await engines.record_heartbeat(db, EngineState("one", ["pocket"], "cpu", [(64, 64)], 1))
    await _paint_one(db)  # 10 steps in 5 s
    job, token = await claimed(db)
    for user in (3, 4):
        await ask(db, user, queue=2)
    await jobs.beat(db, job.id, token, step=60, steps=300)  # 240 steps to go, half a second each
    russian, english = await _refusal(db)
    assert "Попробуйте примерно через 2 минуты." in russian
    assert "Try again in about 2 minutes." in english
    await jobs.beat(db, job.id, token, step=290, steps=300)
    assert "через минуту." in (await _refusal(db))[0]
    assert await sql(db, "SELECT COUNT(*) FROM jobs") == [(4,)]  # nothing of it was kept


async def test_a_long_queue_is_counted_to_its_limit_and_no_further(db: Database) -> None:
    for user in range(1, 6):
        await ask(db, user)
    with pytest.raises(Refused) as refused:
        await ask(db, 6, queue=3)
    assert refused.value.key == "queue-full" and refused.value.values["count"] == 3


@only_on_sqlite
async def test_the_rank_of_a_newcomer_is_found_among_their_own_jobs(db: Database) -> None:
    """Through the index of ranks, all who wait would be read."""
    async with db.read() as connection:
        ranks = fairness._RANKS.params(user_id=1)
        with_values = {"literal_binds": True}
        statement = ranks.compile(dialect=connection.dialect, compile_kwargs=with_values)
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")).mappings()
        first = next(str(row["detail"]) for row in plan if "SEARCH" in str(row["detail"]))
    assert "user_id=?" in first
