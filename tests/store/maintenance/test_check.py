"""`check` finds what is wrong with a store, and is silent about one that works."""

from pathlib import Path

import pytest
from PIL import Image

from store import jobs
from store.database.database import Database
from store.files.files import Files
from store.maintenance.check import StoreFinding, check
from store.maintenance.invariants import INVARIANTS
from store.request.request import DrawRequest
from tests.fixtures.store import BROKEN, ask, claimed, deliver_all, found, only_on_sqlite, sql
from tests.store.maintenance.test_backup import paint


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(str(tmp_path / "files"))


async def numbers(db: Database, files: Files) -> list[str]:
    return [finding.number for finding in await check(db, files)]


async def test_nothing_is_wrong_with_a_store_in_use(db: Database, files: Files) -> None:
    assert await check(db, files) == []
    await paint(db, files)
    await ask(db)  # queued
    cancelled = await ask(db, user=3)
    await jobs.cancel(db, user_id=3, job_id=cancelled)
    await ask(db, user=4)
    job, token = await claimed(db)
    await jobs.fail(db, job.id, token, BROKEN, retry=False)
    job, token = await claimed(db)  # running
    await deliver_all(db)
    assert await check(db, files) == []


BREAKS = {
    "I2": ["UPDATE jobs SET finished_ms = NULL", "UPDATE jobs SET result = NULL"],
    "I3": ["DELETE FROM outbox WHERE kind = 'picture'"],
    "I4": ["DELETE FROM ledger WHERE reason = 'refund'", "UPDATE users SET granted = 5"],
    "I5": ["UPDATE jobs SET attempt = 4"],
    "I6": ["UPDATE jobs SET token = 'another'"],
    "I8": [
        "UPDATE jobs SET state = 'running', result = NULL, lease_until_ms = 1, finished_ms = NULL",
        "UPDATE outbox SET state = 'sending', lease_until_ms = 1",
    ],
    "I9": ["UPDATE jobs SET state = 'queued', cancel = TRUE, finished_ms = NULL"],
    "inputs": ["UPDATE jobs SET state = 'queued', awaiting = TRUE, finished_ms = NULL"],
}


@pytest.mark.parametrize(
    ("number", "change"), [(number, change) for number, all_ in BREAKS.items() for change in all_]
)
async def test_every_broken_promise_is_found(
    db: Database, files: Files, number: str, change: str
) -> None:
    await paint(db, files)
    failed = await ask(db, user=2)
    job, token = await claimed(db)
    await jobs.fail(db, job.id, token, BROKEN, retry=False)
    assert (await found(db, failed)).state == "failed"
    await sql(db, change)
    assert number in await numbers(db, files)


def test_every_invariant_of_rows_has_its_check() -> None:
    # I7 is about files, I10 about the database itself.
    assert {invariant.number for invariant in INVARIANTS} == {*BREAKS, "I1"}


@only_on_sqlite
async def test_a_foreign_row_is_a_fault_of_the_database(db: Database, files: Files) -> None:
    await ask(db)
    async with db._writer.connect() as connection:
        await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        await connection.exec_driver_sql("UPDATE outbox SET job_id = 99")
        await connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    [finding] = await check(db, files)
    assert str(finding) == (
        "I10: faults of the database itself (1): outbox 1 names a missing row of jobs."
    )


async def test_pictures_must_exist_be_readable_and_have_their_size(
    db: Database, files: Files, tmp_path: Path
) -> None:
    lost, torn, small = [await found(db, await paint(db, files)) for _ in range(3)]
    assert lost.result and torn.result and small.result
    files.delete(lost.result.animation)
    files.write(torn.result.picture, files.read(torn.result.picture)[:60])
    Image.new("RGB", (9, 9)).save(tmp_path / "files" / small.result.picture)
    findings = await check(db, files)
    damaged = (torn.result.picture, small.result.picture)
    assert findings == [
        StoreFinding("I7", "files-missing", 1, (lost.result.animation,)),
        StoreFinding("I7", "pictures-damaged", 2, damaged),
    ]
    assert len(await check(db, files, decode=False)) == 1


async def test_an_unfinished_job_needs_its_images_and_may_lose_its_latent(
    db: Database, files: Files
) -> None:
    await ask(db, request=DrawRequest("кот", init="inputs/a"))
    await sql(db, "UPDATE jobs SET latent = 'jobs/1/latent-5.safetensors', saved_step = 5")
    missing, latent = await check(db, files)
    assert (missing.harmful, missing.examples) == (True, ("inputs/a",))
    assert (latent.number, latent.harmful) == ("latents", False)


async def test_what_was_erased_is_not_missed(db: Database, files: Files) -> None:
    await paint(db, files)
    files.delete("jobs/1")
    await sql(db, "UPDATE jobs SET expired = TRUE")
    assert await check(db, files) == []
