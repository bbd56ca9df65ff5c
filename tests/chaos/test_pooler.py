"""Everything works behind a pooler that gives each transaction another connection."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import jobs
from store.database.database import Database
from store.errors import DatabaseAway, DatabaseError
from store.files.files import Files
from store.maintenance.check import check
from store.messages import outbox
from store.model import Requester
from store.request.request import DrawRequest
from store.settings import StoreSettings
from tests.chaos.light_engine import LightEngine
from tests.fixtures.cluster.pooler import is_pooler_installed, transaction_pooler
from tests.fixtures.cluster.postgresql import PostgresServer, is_installed
from tests.fixtures.store import sql

PEOPLE = 40

pytestmark = pytest.mark.chaos


@pytest.fixture
def pooler() -> Iterator[str]:
    if not is_installed() or not is_pooler_installed():
        pytest.skip("PostgreSQL or PgBouncer is not installed")
    server = PostgresServer()
    try:
        server.start()
        with transaction_pooler(server) as address:
            yield address
    finally:
        server.remove()


async def _ask(db: Database, person: int) -> None:
    requester = Requester(person, person, "private", 1, None, "ru")
    await jobs.enqueue(db, DrawRequest("кот"), requester, request_key=f"{person}:1")


async def _deliver(db: Database, name: str) -> None:
    """Deliver what is due until the task is cancelled."""
    number = 0
    while True:
        delivery = await outbox.claim_due(db, name, 30.0)
        if delivery is None:
            await asyncio.sleep(0.05)
            continue
        number += 1
        await outbox.mark_delivered(db, delivery, number)


async def test_all_of_it_works_behind_a_pooler_in_transaction_mode(
    pooler: str, tmp_path: Path
) -> None:
    """Several processes' worth of connections share three of the server."""
    files = Files(str(tmp_path))
    opened = [await Database.open(f"{pooler}?pooler=yes&connections=4") for _ in range(5)]
    db, courier, *others = opened
    settings = StoreSettings()
    work = [asyncio.create_task(LightEngine(one, files, settings).run()) for one in others]
    work += [asyncio.create_task(_deliver(courier, f"courier-{n}")) for n in range(3)]
    try:
        await asyncio.gather(*(_ask(db, person) for person in range(1, PEOPLE + 1)))
        # Acknowledgements of jobs that still wait may all be sent before the first result.
        open_rows = (
            "SELECT (SELECT COUNT(*) FROM outbox WHERE state <> 'sent')"
            " + (SELECT COUNT(*) FROM jobs WHERE state IN ('queued', 'running'))"
        )
        async with asyncio.timeout(60):
            while await sql(db, open_rows) != [(0,)]:
                assert not any(task.done() for task in work)
                await asyncio.sleep(0.2)
        assert await sql(db, "SELECT state, COUNT(*) FROM jobs GROUP BY state") == [
            ("done", PEOPLE)
        ]
        assert [str(finding) for finding in await check(db, files) if finding.harmful] == []
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        for one in opened:
            await one.close()


async def test_a_pooler_that_the_address_does_not_tell_of_is_one_sentence(pooler: str) -> None:
    with pytest.raises(DatabaseError, match=r"add \?pooler=yes to MAZOK_DATABASE\.$") as caught:
        await Database.open(pooler)
    assert not isinstance(caught.value, DatabaseAway)
