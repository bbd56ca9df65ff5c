"""Engines that differ: each gets the jobs that it can paint, in the order of the queue."""

from dataclasses import replace

from store import jobs
from store.database.database import Database
from store.jobs import engines
from store.jobs.engines import EngineState
from store.jobs.requirements import missing_models, models_of
from store.request.request import DrawRequest
from tests.fixtures.store import ask, sql

POCKET = EngineState("pocket", ("pocket",), "cpu", ((256, 256),), 1, ("pocket",))
BIG = EngineState(
    "big", ("pocket", "wiki", "ViT", "ru"), "cuda", ((256, 256), (512, 512)), 2, ("pocket", "wiki")
)


async def take(db: Database, engine: EngineState) -> int | None:
    await engines.record_heartbeat(db, engine)
    job = await jobs.claim(db, engine.name, 30.0, engine)
    return job.id if job else None


async def test_an_engine_gets_only_jobs_whose_models_it_has(db: Database) -> None:
    special = [
        await ask(db, request=DrawRequest("кот", vqgan="wiki")),
        await ask(db, request=DrawRequest("кот", vqgan="pocket", clip="pocket, ViT")),
        await ask(db, request=DrawRequest("кот", guide="ru")),
    ]
    usual = await ask(db)
    assert await take(db, POCKET) == usual
    assert await take(db, POCKET) is None
    assert [await take(db, BIG) for _ in range(4)] == [*special, None]


async def test_who_can_paint_everything_keeps_to_the_order_of_the_queue(db: Database) -> None:
    asked = [
        await ask(db, user, request=DrawRequest("кот", vqgan=vqgan))
        for user, vqgan in enumerate(["wiki", None, "wiki", "pocket"], 1)
    ]
    assert [await take(db, BIG) for _ in range(4)] == asked


async def test_a_job_that_nobody_can_paint_holds_up_nothing_and_waits(db: Database) -> None:
    rare = await ask(db, request=DrawRequest("кот", vqgan="faces"))
    others = [await ask(db) for _ in range(2)]
    assert [await take(db, BIG) for _ in range(3)] == [*others, None]
    faces = EngineState("faces", ("pocket", "faces"), "cpu", ((64, 64),), 3)
    assert await take(db, faces) == rare


async def test_what_is_too_large_is_left_to_a_larger_engine_that_has_the_models(
    db: Database,
) -> None:
    await engines.record_heartbeat(db, BIG)
    large = await ask(db, request=DrawRequest("кот", size=(512, 256)))
    small = await ask(db, request=DrawRequest("кот", size=(256, 256)))
    assert await take(db, POCKET) == small
    assert await take(db, POCKET) is None
    assert await take(db, BIG) == large


async def test_the_largest_living_engine_takes_what_is_too_large_for_all(db: Database) -> None:
    """It will say which size fits; waiting for ever would say nothing."""
    await engines.record_heartbeat(db, BIG)
    huge = await ask(db, request=DrawRequest("кот", size=(1024, 1024)))
    assert await take(db, POCKET) is None
    assert await take(db, BIG) == huge
    again = await ask(db, request=DrawRequest("кот", size=(1024, 1024)))
    await sql(db, "UPDATE engines SET beat_ms = 0 WHERE name = 'big'")  # it has died
    assert await take(db, POCKET) == again


async def test_a_larger_engine_without_the_models_is_not_waited_for(db: Database) -> None:
    await engines.record_heartbeat(db, BIG)
    own = EngineState("own", ("pocket", "mine"), "cpu", ((128, 128),), 3)
    large = await ask(db, request=DrawRequest("кот", vqgan="mine", size=(256, 256)))
    assert await take(db, own) == large


async def test_who_comes_without_saying_what_it_has_gets_the_next_job(db: Database) -> None:
    first = await ask(db, request=DrawRequest("кот", vqgan="wiki"))
    job = await jobs.claim(db, "engine")
    assert job is not None and job.id == first


def test_what_is_missing_is_named() -> None:
    def missing(*engines: EngineState, **models: str) -> tuple[str, ...]:
        return missing_models(models_of(DrawRequest("кот", **models)), engines)  # type: ignore[arg-type]

    assert missing(POCKET) == ()
    assert missing(POCKET, BIG, vqgan="wiki", clip="ViT") == ()
    assert missing(POCKET, vqgan="wiki", clip="pocket") == ("wiki",)
    assert missing(POCKET, BIG, vqgan="faces", guide="ViT") == ("faces",)
    other = EngineState("other", ("faces",), "cpu", (), 3)
    assert missing(BIG, other, vqgan="faces", clip="ViT") == ("faces", "ViT")  # never together


def wide(request: DrawRequest) -> bool:
    return request.size == (512, 256)


async def test_an_engine_may_ask_for_jobs_like_another_among_the_next(db: Database) -> None:
    await engines.record_heartbeat(db, BIG)
    large = DrawRequest("кот", size=(512, 256))
    first, _missing, *others = [
        await ask(db, user, request=request)
        for user, request in enumerate([None, replace(large, vqgan="faces"), large, None, large], 1)
    ]

    async def like(among: int) -> int | None:
        job = await jobs.claim(db, BIG.name, 30.0, BIG, like=wide, among=among)
        return job.id if job else None

    assert await like(1) is None  # it is not the turn of any
    assert await like(2) == others[0]  # one for which the models are missing is none of the next
    assert await like(2) is None and await like(3) == others[2]
    assert [await take(db, BIG) for _ in range(3)] == [first, others[1], None]
    assert await like(9) is None


async def test_a_request_that_cannot_be_read_is_like_no_other(db: Database) -> None:
    damaged = await ask(db)
    await sql(db, "UPDATE jobs SET request = '{}' WHERE id = :id", id=damaged)
    assert await jobs.claim(db, "engine", like=lambda request: True, among=5) is None
