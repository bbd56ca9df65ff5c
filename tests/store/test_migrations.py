"""Databases of earlier versions keep what is in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from store import jobs
from store.database.migrate import config
from store.jobs import engines
from store.jobs.engines import EngineState
from store.request.request import DrawRequest
from store.users.credits import balances
from tests.fixtures.cluster.databases import ON_POSTGRESQL
from tests.fixtures.store import opened, sql, url


@asynccontextmanager
async def _older(path: Path, revision: str) -> AsyncIterator[AsyncConnection]:
    """A database as that version made it."""
    engine = create_async_engine(url(path))
    async with engine.begin() as connection:
        await connection.run_sync(lambda to: command.upgrade(config(to), revision))
        yield connection
    await engine.dispose()


async def test_letters_live_on_and_may_be_uncertain_from_now_on(tmp_path: Path) -> None:
    async with _older(tmp_path / "mazok.db", "0003") as old:
        await old.exec_driver_sql(
            "INSERT INTO letters (chat_id, state, due_ms, created_ms) VALUES (7, 'sent', 1, 1)"
        )
    async with opened(tmp_path) as db:
        await sql(db, "UPDATE letters SET state = 'uncertain'")
        assert await sql(db, "SELECT chat_id, tries FROM letters") == [(7, 0)]
        with pytest.raises(IntegrityError):
            await sql(db, "UPDATE letters SET state = 'lost'")


async def test_what_was_in_the_first_tables_lives_on(tmp_path: Path) -> None:
    async with _older(tmp_path / "mazok.db", "0001") as old:
        await old.exec_driver_sql("INSERT INTO users (id, credits, created_ms) VALUES (7, 49, 1)")
        await old.exec_driver_sql("INSERT INTO chats (chat_id) VALUES (7)")
        await old.exec_driver_sql(
            "INSERT INTO jobs (user_id, chat_id, message_id, chat_type, language, request_key, "
            "request, prompt, rank, price, created_ms, updated_ms) VALUES "
            "(7, 7, 3, 'private', 'ru', '7:3', '{\"prompt\": \"кот\"}', 'кот', 0, 1, 1, 1)"
        )
        for delta, reason, job in ((50, "daily", None), (-1, "charge", 1)):
            statement = (
                "INSERT INTO ledger (user_id, delta, reason, job_id, created_ms) "
                "VALUES (7, :delta, :reason, :job, 1)"
            )
            await old.execute(text(statement), {"delta": delta, "reason": reason, "job": job})
    async with opened(tmp_path) as db:
        assert (await jobs.cancel(db, user_id=7)).state == "cancelled"
        assert (await balances(db, 7)).own.left == 50
        assert await sql(db, "SELECT reason, delta FROM ledger ORDER BY id") == [
            ("charge", -1),
            ("refund", 1),
        ]
        if not ON_POSTGRESQL:  # which would not have let it happen
            assert await sql(db, "PRAGMA foreign_key_check") == []


POCKET = EngineState("pocket", ("pocket",), "cpu", ((64, 64),), 1)
LARGE = EngineState("large", ("pocket", "wiki", "ViT"), "cpu", ((64, 64), (512, 512)), 2)


@pytest.mark.parametrize("revision", ["0006", "0007", "0008"])
async def test_jobs_that_waited_before_needs_were_known_go_to_who_can_paint_them(
    tmp_path: Path, revision: str
) -> None:
    waiting = {
        1: DrawRequest("кот", vqgan="wiki").to_json(),
        2: DrawRequest("кот", vqgan="pocket", clip="pocket, ViT").to_json(),
        3: DrawRequest("кот", size=(512, 256)).to_json(),
        4: "{",  # which any engine refuses
        5: '{"prompt": "кот", "size": ["a", 2], "clip": 7}',
        6: '{"prompt": "кот"}',
    }
    async with _older(tmp_path / "mazok.db", revision) as old:
        await old.exec_driver_sql("INSERT INTO users (id, created_ms) VALUES (7, 1)")
        for number, request in waiting.items():
            statement = (
                "INSERT INTO jobs (id, user_id, chat_id, message_id, chat_type, language, "
                "request_key, request, prompt, rank, price, created_ms, updated_ms) VALUES "
                "(:id, 7, 7, 3, 'private', 'ru', :key, :request, 'кот', 0, 1, 1, 1)"
            )
            values = {"id": number, "key": f"7:{number}", "request": request}
            await old.execute(text(statement), values)
        if revision != "0006":  # a newer one among them
            await old.exec_driver_sql("INSERT INTO needs (job_id, model) VALUES (1, 'wiki')")
    async with opened(tmp_path) as db:
        for engine in (POCKET, LARGE):
            await engines.record_heartbeat(db, engine)
        taken = {
            engine.name: [
                job.id
                for _ in waiting
                if (job := await jobs.claim(db, engine.name, 30.0, engine)) is not None
            ]
            for engine in (POCKET, LARGE)
        }
        assert taken == {"pocket": [4, 5, 6], "large": [1, 2, 3]}
        needed = await sql(db, "SELECT job_id, model FROM needs ORDER BY id")
        assert sorted(needed) == [(1, "wiki"), (2, "ViT"), (2, "pocket")]
