"""Every statement is PostgreSQL's too, where several machines share one server."""

from pathlib import Path

from sqlalchemy import ClauseElement, Connection, Dialect, event
from sqlalchemy.dialects import postgresql

from store import (
    administration,
    alerts,
    broadcasts,
    engines,
    jobs,
    letters,
    outbox,
    people,
    retention,
    statistics,
    unpaintable,
)
from store.audit import Order
from store.database import Database, now_ms
from store.engines import EngineState
from store.records import Limits
from store.request import DrawRequest
from tests.store_fixtures import BROKEN, RESULT, ask, claimed, deliver_all, opened, sql


async def test_every_statement_of_a_jobs_life_can_be_said_there(tmp_path: Path) -> None:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    seen = set()

    def translate(connection: Connection, statement: ClauseElement, *rest: object) -> None:
        if isinstance(statement, ClauseElement):
            seen.add(" ".join(str(statement.compile(dialect=dialect)).split()))

    async with opened(tmp_path) as db:
        for engine in (db._reader, db._writer):
            event.listen(engine.sync_engine, "before_execute", translate)
        await ask(db)
        await ask(db, request=DrawRequest("кот", vqgan="big", size=(64, 64)))
        await engines.beat_engine(db, EngineState("large", ["big"], "cpu", [(64, 64)], 1))
        small = EngineState("small", ["pocket"], "cpu", [(16, 16)], 2)
        taken = await jobs.claim(db, "small", 0.0, small)
        assert taken and await jobs.claim(db, "small", 0.0, small) is None
        await sql(db, "UPDATE jobs SET updated_ms = 0")
        await engines.beat_engine(db, small)
        await sql(db, "DELETE FROM engines WHERE name = 'large'")
        await unpaintable.watch(db)
        assert await sql(db, "SELECT count FROM alerts") == [(1,)]
        await jobs.release(db, taken.id, taken.token or "")
        job, token = await claimed(db, lease_s=0)
        await jobs.reap(db)
        job, token = await claimed(db)
        await jobs.beat(db, job.id, token, step=1, steps=2, saved=(1, "s1"))
        await jobs.finish(db, job.id, token, RESULT, [])
        await deliver_all(db)
        await jobs.cancel(db, user_id=1, update_id=1)
        await retention.expire(db, -60)
        await outbox.take(db, 1, is_group=True)
        await outbox.chat_gone(db, 1)
        await _administrate(db)
    claims = [text for text in seen if "FOR UPDATE SKIP LOCKED" in text]
    assert any(text.startswith("UPDATE jobs") for text in claims)
    assert any(text.startswith("SELECT jobs") for text in claims)
    assert any("FROM needs" in text for text in claims)
    assert any("FOR UPDATE OF letters SKIP LOCKED" in text for text in seen)
    assert not [text for text in seen if "julianday" in text]


async def _administrate(db: Database) -> None:
    await people.meet(db, people.Face(1, "Anna", "anna", "ru"), 1)
    await administration.grant(db, Order(9, 11), 1, 3, Limits())
    await administration.set_default(db, Order(9, 12), "daily_credits", 3, Limits())
    await ask(db, chat=-5)
    job, token = await claimed(db)
    await jobs.fail(db, job.id, token, BROKEN, retry=False)
    await administration.ban(db, Order(9, 13), 2, "")
    drafted = await broadcasts.draft(db, Order(9, 14), "hi", "en")
    assert drafted is not None
    await broadcasts.start(db, Order(9, 15), drafted[0], 9, 1)
    await broadcasts.stop(db, Order(9, 16), drafted[0])
    [(broadcast, _)] = await broadcasts.to_show(db)
    await broadcasts.close(db, broadcast)
    await alerts.watch(db)
    await alerts.tell(db, [9])
    letter = await letters.due(db)
    assert letter is not None
    await letters.postpone(db, letter, 1)
    await outbox.chat_moved(db, -5, -6)
    await statistics.queue(db)
    await statistics.profile(db, 1, Limits())
    await statistics.days(db)


def test_on_postgresql_the_clock_goes_on_within_a_transaction() -> None:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert "clock_timestamp()" in str(now_ms().compile(dialect=dialect))
