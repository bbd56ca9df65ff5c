"""Several pictures at once: what they cost, and who wants them."""

from dataclasses import replace

import pytest

from store import jobs
from store.database.database import Database
from store.errors import RequestError
from store.jobs.engines import EngineState, Pace, paces, record_heartbeat
from store.model import Requester, Result
from store.reader.drafters import OfferedDrafter
from store.request.pricing import price
from store.request.request import DrawRequest
from store.users.preferences import set_preference
from tests.fixtures.store import RESULT, ask, claimed, credits, found

FOUR = DrawRequest("кот", at_once=4)


async def _painted(db: Database, request: DrawRequest, seconds: float, *parts: str) -> None:
    await ask(db, request=request)
    job, token = await claimed(db)
    result = replace(RESULT, models=("pocket", "pocket"), seconds=seconds, parts=parts)
    assert await jobs.finish(db, job.id, token, result, [])


@pytest.mark.parametrize(
    ("at_once", "share", "cost"), [(4, 0.05, 1), (9, 0.05, 1), (9, 0.25, 2), (4, 1.0, 4)]
)
def test_a_sheet_costs_the_time_of_its_pictures(at_once: int, share: float, cost: int) -> None:
    assert price(replace(FOUR, at_once=at_once), share) == cost


def test_a_sheet_of_so_many_steps_costs_its_pictures() -> None:
    assert price(replace(FOUR, steps=600), 0.05) == 8


def test_pictures_are_enlarged_by_the_megapixel() -> None:
    assert price(DrawRequest("кот", larger="a.png")) == 1
    assert price(DrawRequest("кот", larger="a.png", size=(1024, 1024))) == 4


@pytest.mark.parametrize("at_once", [0, 10, -1])
def test_no_other_numbers_are_possible(at_once: int) -> None:
    with pytest.raises(RequestError, match="at once"):
        DrawRequest("кот", at_once=at_once)


async def test_the_price_follows_the_engines_own_pace(db: Database) -> None:
    assert await paces(db) == {}
    before = await credits(db)
    await ask(db, request=replace(FOUR, vqgan="pocket"))
    assert await credits(db) == before - 1  # of a quarter each, as nothing is known yet
    job, token = await claimed(db)
    await jobs.cancelled(db, job.id, token)
    assert await credits(db) == before
    await _painted(db, DrawRequest("кот"), 10.0)
    await _painted(db, FOUR, 40.0, "1.png", "2.png", "3.png", "4.png")
    assert await paces(db) == {"pocket": Pace(10.0, 10.0)}
    left = await credits(db)
    await ask(db, request=replace(FOUR, vqgan="pocket"))
    assert await credits(db) == left - 4


async def test_a_preference_says_how_many_at_once(db: Database) -> None:
    await set_preference(db, 1, "at_once", "9")
    for asked, painted in ((None, 9), (1, 1)):
        accepted = await jobs.enqueue(
            db,
            DrawRequest("кот", at_once=asked),
            Requester(1, 1, "private", painted),
            request_key=f"1:{painted}",
            apply_preferences=True,
        )
        assert (await found(db, accepted.job_id)).request.at_once == painted


def test_results_of_other_versions_are_read() -> None:
    stored = replace(RESULT, parts=("1.png", "2.png"), drafted=True).to_json()
    read = Result.from_json(stored.replace('"drafted"', '"rafted"'))
    assert (read.parts, read.drafted) == (("1.png", "2.png"), False)
    assert {"1.png", "2.png"} < read.files
    assert replace(read, seed=2**32 - 1).seed_of(2) == 0


async def test_a_drafter_has_the_pace_that_its_engine_expects_until_it_has_drawn(
    db: Database,
) -> None:
    rudolph = OfferedDrafter("rudolph", "RUDOLPH", seconds=60.0, of_sheet=12.0)
    state = EngineState("e", ("rudolph",), "cpu", [(64, 64)], 1, ("pocket",), drafters=(rudolph,))
    await record_heartbeat(db, state)
    assert await paces(db) == {"rudolph": Pace(60.0, 12.0)}
    await _painted(db, DrawRequest("кот"), 20.0)
    drafted = DrawRequest("кот", draft="rudolph", steps=0)
    left = await credits(db)
    await _painted(db, drafted, 40.0)
    assert await credits(db) == left - 3  # three times as long as a usual picture
    assert await paces(db) == {"pocket": Pace(20.0), "rudolph": Pace(40.0, 8.0)}
