"""How long files are kept, and what is done about those that no row knows."""

import os
import time
from pathlib import Path

import pytest

from store import jobs
from store.database.database import Database
from store.files.files import Files
from store.gallery import erasure, expiry, orphans
from store.maintenance.check import check
from store.model import Result
from store.request.request import DrawRequest
from tests.fixtures.store import BROKEN, ask, claimed, credits, deliver_all, found, sql

DAY_S = 86_400.0


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(str(tmp_path / "files"))


async def painted(db: Database, files: Files, request: DrawRequest | None = None) -> int:
    """A finished picture, all of whose messages have been delivered."""
    job_id = await ask(db, request=request)
    job, token = await claimed(db)
    picture, film, gif = (f"jobs/{job_id}/{token}/{name}" for name in ("p.png", "a.mp4", "a.gif"))
    for key in (picture, film, gif):
        files.write(key, b"x")
    result = Result(picture, film, gif, 64, 64, steps=10, seconds=5.0, loss=0.5, seed=7)
    assert await jobs.finish(db, job_id, token, result, [])
    await deliver_all(db)
    return job.id


async def aged(db: Database, days: float) -> None:
    await sql(db, "UPDATE jobs SET finished_ms = finished_ms - :ms", ms=int(days * DAY_S * 1000))


def age(tmp_path: Path, days: float) -> None:
    """Everything in the store was written so long ago."""
    at = time.time() - days * DAY_S
    for path in (tmp_path / "files").rglob("*"):
        os.utime(path, (at, at))


async def test_files_go_after_their_time_and_the_row_says_so(db: Database, files: Files) -> None:
    old, young = await painted(db, files), await painted(db, files)
    await sql(db, "UPDATE jobs SET finished_ms = finished_ms - 86401000 WHERE id = :id", id=old)
    assert await expiry.expire_jobs(db, DAY_S) == 1
    await erasure.sweep_erasures(db, files)
    gone, kept = await found(db, old), await found(db, young)
    assert gone.expired and not kept.expired
    assert gone.result and not files.exists(gone.result.picture)
    assert kept.result and files.exists(kept.result.picture)
    assert (gone.prompt, gone.result.seed) == ("кот", 7)  # can be painted again
    assert await credits(db) == 48
    assert await expiry.expire_jobs(db, DAY_S) == 0  # once is enough


async def test_a_crash_before_the_files_are_deleted_is_made_up_for(
    db: Database, files: Files
) -> None:
    job_id = await painted(db, files)
    await aged(db, 31)
    await expiry.expire_jobs(db, 30 * DAY_S)  # and then the bot dies
    job = await found(db, job_id)
    assert job.expired and job.result and files.exists(job.result.picture)
    await erasure.sweep_erasures(db, files)
    assert not files.exists(job.result.picture)


async def test_nothing_goes_before_its_asker_has_been_told(db: Database, files: Files) -> None:
    job_id = await ask(db)
    await deliver_all(db)
    await jobs.cancel(db, user_id=1)
    await aged(db, 31)
    assert await expiry.expire_jobs(db, 30 * DAY_S) == 0  # "cancelled" is still owed
    await deliver_all(db)
    assert await expiry.expire_jobs(db, 30 * DAY_S) == 1
    assert (await found(db, job_id)).expired


async def test_what_waits_or_is_painted_is_kept_however_long_that_takes(
    db: Database, files: Files
) -> None:
    for _ in range(2):
        await ask(db)
    await deliver_all(db)
    await claimed(db)
    await sql(db, "UPDATE jobs SET created_ms = 0, updated_ms = 0")
    assert await expiry.expire_jobs(db, DAY_S) == 0


async def test_of_the_messages_only_those_that_show_something_are_remembered(
    db: Database, files: Files
) -> None:
    await painted(db, files)
    await aged(db, 31)
    await expiry.expire_jobs(db, 30 * DAY_S)
    assert await sql(db, "SELECT kind FROM outbox ORDER BY id") == [("animation",), ("picture",)]


async def test_a_long_history_goes_in_portions(db: Database, files: Files) -> None:
    for _ in range(3):
        await painted(db, files)
    await aged(db, 31)
    counts = [await expiry.expire_jobs(db, 30 * DAY_S, batch=2) for _ in range(3)]
    assert counts == [2, 1, 0]


async def test_what_a_crash_left_behind_goes_after_a_day(
    db: Database, files: Files, tmp_path: Path
) -> None:
    done = await painted(db, files)
    running = await ask(db)
    await claimed(db)
    lost = [
        f"jobs/{done}/another-token/picture.png",
        f"jobs/{done}/latent-25.safetensors",
        "inputs/nobody.png",
    ]
    needed = [f"jobs/{running}/latent-25.safetensors", "jobs/99/token/picture.png", "bot/alive"]
    for key in lost + needed:
        files.write(key, b"x")
    torn = tmp_path / "files" / "jobs" / str(done) / ".picture.png.1234"
    torn.write_bytes(b"half")
    assert await orphans.sweep_orphans(db, files) == 0  # somebody may just be writing it
    age(tmp_path, 2)
    assert await orphans.sweep_orphans(db, files) == 4
    assert not any(files.exists(key) for key in lost) and not torn.exists()
    assert all(files.exists(key) for key in needed)  # job 99 is not of this database
    result = (await found(db, done)).result
    assert result and all(map(files.exists, (result.picture, result.animation, result.gif)))
    assert await orphans.sweep_orphans(db, files) == 0


async def test_a_given_picture_stays_as_long_as_any_picture_made_from_it(
    db: Database, files: Files, tmp_path: Path
) -> None:
    files.write("inputs/photo.png", b"x")
    request = DrawRequest("кот", init="inputs/photo.png")
    await painted(db, files, request)
    await aged(db, 31)
    waiting = await ask(db, request=request)  # the same again
    await deliver_all(db)
    await expiry.expire_jobs(db, 30 * DAY_S)
    age(tmp_path, 40)
    await orphans.sweep_orphans(db, files)
    assert files.exists("inputs/photo.png")
    await jobs.cancel(db, user_id=1, job_id=waiting)
    await deliver_all(db)
    await aged(db, 31)
    await expiry.expire_jobs(db, 30 * DAY_S)
    await orphans.sweep_orphans(db, files)
    assert not files.exists("inputs/photo.png")


async def test_an_empty_database_deletes_nothing(
    db: Database, files: Files, tmp_path: Path
) -> None:
    for key in ("jobs/1/token/picture.png", "inputs/photo.png"):
        files.write(key, b"x")
    age(tmp_path, 400)
    assert await orphans.sweep_orphans(db, files) == 0
    assert files.exists("jobs/1/token/picture.png")


def test_a_store_that_tells_no_age_has_nothing_old(monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files("memory://kept")
    files.write("inputs/photo.png", b"x")
    assert files.older_than("inputs", -60.0) == ["inputs/photo.png"]
    assert files.older_than("inputs", 60.0) == []
    monkeypatch.setattr("store.files.files._written_at", lambda facts: float("inf"))
    assert files.older_than("inputs", -60.0) == []
    assert files.folders("jobs") == [] and files.older_than("jobs", 0.0) == []
    files.delete_file("inputs/photo.png")
    files.delete_file("inputs/photo.png")
    assert not files.exists("inputs/photo.png")


async def test_rows_of_jobs_without_a_picture_go_and_the_ledger_stays(
    db: Database, files: Files
) -> None:
    kept = await painted(db, files)
    failed, cancelled, young = [await ask(db, user=2) for _ in range(3)]
    job, token = await claimed(db)
    assert job.id == failed
    await jobs.fail(db, job.id, token, BROKEN, retry=False)
    await jobs.cancel(db, user_id=2, job_id=cancelled)
    await deliver_all(db)
    await aged(db, 31)
    await jobs.cancel(db, user_id=2, job_id=young)
    entries = await sql(db, "SELECT user_id, delta, reason FROM ledger ORDER BY id")
    assert await expiry.trim_jobs(db, 30 * DAY_S) == 0  # their messages are not expired yet
    assert await expiry.expire_jobs(db, 30 * DAY_S) == 3
    assert await expiry.trim_jobs(db, 30 * DAY_S) == 2
    assert await sql(db, "SELECT id FROM jobs ORDER BY id") == [(kept,), (young,)]
    assert await sql(db, "SELECT user_id, delta, reason FROM ledger ORDER BY id") == entries
    assert await credits(db, 2) == 50
    assert await check(db, files, decode=False) == []
    assert await expiry.trim_jobs(db, 30 * DAY_S) == 0
