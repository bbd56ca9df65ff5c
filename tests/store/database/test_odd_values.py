"""Values that a database refuses: texts are made storable, numbers are nobody's outage."""

import pytest
from sqlalchemy import String, insert

from store import jobs
from store.database.database import Database, insert_once
from store.faults import outage
from store.jobs import engines
from store.jobs.engines import EngineState
from store.tables import metadata, updates
from store.tables.base import SafeText
from store.users import users
from tests.fixtures.store import ask, found, sql

ODD = ["a\0b", "\ud800x", "x" * 5000, "😀" * 300, "кот\udfff\0" * 100]


@pytest.mark.parametrize("text", ODD)
async def test_whatever_telegram_and_machines_call_themselves_can_be_stored(
    text: str, db: Database
) -> None:
    await users.touch(db, users.Profile(1, text, text, text), 1)
    profile = await users.profile(db, 1)
    assert profile is not None and 0 < len(profile.name) <= 200
    assert await users.by_username(db, text) == 1
    await engines.record_heartbeat(db, EngineState(text, [text], text, [(64, 64)], 1))
    job = await ask(db)
    claimed = await jobs.claim(db, text, 30.0)
    assert claimed is not None and claimed.id == job
    assert (await found(db, job)).worker == claimed.worker


async def test_every_text_column_makes_its_values_storable() -> None:
    columns = [column for table in metadata.tables.values() for column in table.columns]
    texts = [column for column in columns if isinstance(column.type, String | SafeText)]
    assert texts
    assert [str(column) for column in texts if not isinstance(column.type, SafeText)] == []


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1, 10**30])
async def test_a_number_out_of_range_is_an_error_of_the_statement_alone(
    number: int, db: Database
) -> None:
    with pytest.raises(Exception, match=r"int64|too large") as caught:
        async with db.write() as connection:
            await insert_once(connection, updates, update_id=2, at_ms=1)
            await connection.execute(insert(updates).values(update_id=number, at_ms=1))
    assert outage(caught.value) is None
    async with db.write() as connection:
        await insert_once(connection, updates, update_id=1, at_ms=1)
    assert await sql(db, "SELECT update_id FROM updates") == [(1,)]
