"""Every statement is PostgreSQL's too, where several machines share one server."""

from pathlib import Path

from sqlalchemy import ClauseElement, Connection, Dialect, event
from sqlalchemy.dialects import postgresql

from store import chat_lifecycle, jobs
from store.admin import commands, statistics
from store.audit import AdminCommand
from store.database.database import Database, now_ms
from store.gallery import expiry
from store.jobs import engines, inputs, missing_models
from store.jobs.engines import EngineState
from store.messages import alerts, announcements, broadcasts, rate_limits
from store.model import QueueLimits
from store.request.request import DrawRequest
from store.users import users
from tests.fixtures.store import BROKEN, RESULT, ask, claimed, deliver_all, opened, sql

INPUT = "INSERT INTO inputs (job_id, file_id, key, due_ms) VALUES (:job, 'f', 'inputs/k', 0)"


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
        await engines.record_heartbeat(db, EngineState("large", ["big"], "cpu", [(64, 64)], 1))
        small = EngineState("small", ["pocket"], "cpu", [(16, 16)], 2)
        taken = await jobs.claim(db, "small", 0.0, small)
        assert taken and await jobs.claim(db, "small", 0.0, small) is None
        await sql(db, "UPDATE jobs SET updated_ms = 0")
        await engines.record_heartbeat(db, small)
        await sql(db, "DELETE FROM engines WHERE name = 'large'")
        await missing_models.report_missing_models(db)
        assert await sql(db, "SELECT count FROM alerts") == [(1,)]
        await jobs.release(db, taken.id, taken.token or "")
        job, token = await claimed(db, lease_s=0)
        await jobs.reap(db)
        job, token = await claimed(db)
        await jobs.beat(db, job.id, token, step=1, steps=2, saved=(1, "s1"))
        await jobs.finish(db, job.id, token, RESULT, [])
        await deliver_all(db)
        await sql(db, INPUT, job=job.id)
        assert await inputs.claim_due(db) is not None
        await jobs.cancel(db, user_id=1, update_id=1)
        await expiry.expire_jobs(db, -60)
        await rate_limits.acquire(db, 1, is_group=True)
        await chat_lifecycle.chat_gone(db, 1)
        await _administrate(db)
    claims = [text for text in seen if "FOR UPDATE SKIP LOCKED" in text]
    assert any(text.startswith("UPDATE jobs") for text in claims)
    assert any(text.startswith("SELECT jobs") for text in claims)
    assert any("FROM needs" in text for text in claims)
    for table in ("letters", "outbox", "inputs"):
        assert any(f"FOR UPDATE OF {table} SKIP LOCKED" in text for text in seen), table
    assert not [text for text in seen if "julianday" in text]


async def _administrate(db: Database) -> None:
    await users.touch(db, users.Profile(1, "Anna", "anna", "ru"), 1)
    await commands.grant(db, AdminCommand(9, 11), 1, 3, QueueLimits())
    await commands.set_default(db, AdminCommand(9, 12), "daily_credits", 3, QueueLimits())
    await ask(db, chat=-5)
    job, token = await claimed(db)
    await jobs.fail(db, job.id, token, BROKEN, retry=False)
    await commands.ban(db, AdminCommand(9, 13), 2, "")
    drafted = await broadcasts.create_draft(db, AdminCommand(9, 14), "hi", "en")
    assert drafted is not None
    await broadcasts.start(db, AdminCommand(9, 15), drafted[0], 9, 1)
    await broadcasts.stop(db, AdminCommand(9, 16), drafted[0])
    [(broadcast, _)] = await broadcasts.due_for_progress(db)
    await broadcasts.close(db, broadcast)
    await missing_models.report_missing_engines(db)
    await alerts.alert_admins(db, [9])
    letter = await announcements.claim_due(db)
    assert letter is not None
    await announcements.postpone(db, letter, 1)
    await chat_lifecycle.chat_moved(db, -5, -6)
    await statistics.queue_report(db)
    await statistics.user_report(db, 1, QueueLimits())
    await statistics.daily_report(db)


def test_on_postgresql_the_clock_goes_on_within_a_transaction() -> None:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert "statement_timestamp()" in str(now_ms().compile(dialect=dialect))
