"""The most that one request may ask for is bounded, paid for, and bounded in time."""

import pytest

from engine.settings import EngineSettings
from store.database.database import Database
from store.errors import Refused, RequestError
from store.request.pricing import price
from store.request.request import STEPS, DrawRequest
from tests.fixtures.store import ask, credits, sql

EIGHT = " ^ ".join(f"scene {number}" for number in range(8))
LARGEST = (1024, 1024)


def test_the_largest_request_has_so_many_steps_and_its_price() -> None:
    largest = DrawRequest(EIGHT, size=LARGEST, steps=500)
    assert largest.total_steps == 4000 <= STEPS[1]
    assert price(largest) == 16 * 13  # the area of sixteen usual pictures, the steps of thirteen


@pytest.mark.parametrize("more", [{"steps": 626}, {"steps": 5001}, {"size": (100_000, 100_000)}])
def test_nothing_larger_is_a_request(more: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        DrawRequest(EIGHT, **({"size": LARGEST, "steps": 500} | more))  # type: ignore[arg-type]


async def test_it_cannot_be_paid_by_free_credits_and_leaves_nothing(db: Database) -> None:
    with pytest.raises(Refused) as caught:
        await ask(db, request=DrawRequest(EIGHT, size=LARGEST, steps=500))
    assert caught.value.key == "credits-never"
    assert await sql(db, "SELECT COUNT(*) FROM jobs") == [(0,)]
    assert await credits(db) == 50


def test_no_painting_holds_an_engine_for_ever() -> None:
    assert 0 < EngineSettings(_env_file=None).job_minutes <= 60
