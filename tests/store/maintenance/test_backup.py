"""Backups: made while the store is in use, restored whole, never over anything."""

import asyncio
import json
import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from store import jobs
from store.__main__ import DONE, FAILED, WRONG, main
from store.database.database import Database
from store.files.files import Files
from store.maintenance.backup import DATABASE, MANIFEST
from store.maintenance.check import check
from store.model import Result
from tests.fixtures.store import (
    ask,
    claimed,
    deliver_all,
    found,
    only_on_sqlite,
    opened,
    sql,
    url,
)

pytestmark = only_on_sqlite


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a store that the settings name."""
    folder = tmp_path / "data"
    folder.mkdir()
    use(monkeypatch, folder)
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a backup of a store with one picture; the settings name another, empty place."""
    asyncio.run(filled(place))
    backup = tmp_path / "backup"
    assert main(["backup", str(backup)]) == DONE
    use(monkeypatch, tmp_path / "restored")
    yield backup


def use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("MAZOK_DATABASE", url(folder / "mazok.db"))
    monkeypatch.setenv("MAZOK_FILES", str(folder / "files"))


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG")
    return file.getvalue()


async def paint(db: Database, files: Files) -> int:
    """Finish one job with its files, as an engine does: they are written first."""
    job_id = await ask(db, user=7, daily_credits=10_000)
    job, token = await claimed(db)
    folder = f"jobs/{job.id}/{token}"
    keys = png, mp4, gif = f"{folder}/p.png", f"{folder}/a.mp4", f"{folder}/a.gif"
    for key in keys:
        await asyncio.to_thread(files.write, key, picture())
    result = Result(png, mp4, gif, 64, 64, steps=10, seconds=5.0, loss=0.5, seed=7)
    assert await jobs.finish(db, job.id, token, result, [])
    return job_id


async def filled(folder: Path) -> None:
    async with opened(folder) as db:
        await paint(db, Files(str(folder / "files")))
        await deliver_all(db)


async def test_a_backup_under_load_restores_to_a_store_in_which_nothing_is_wrong(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, backup, over = Files(str(place / "files")), tmp_path / "backup", asyncio.Event()
    finished: list[int] = []

    async def work(db: Database) -> None:
        while not over.is_set():
            finished.append(await paint(db, files))

    async with opened(place) as db:
        working = asyncio.create_task(work(db))
        while len(finished) < 20:
            await asyncio.sleep(0.01)
        before = list(finished)
        command = [sys.executable, "-m", "store", "backup", str(backup)]
        process = await asyncio.create_subprocess_exec(*command, env=dict(os.environ))
        assert await process.wait() == DONE
        during = len(finished) - len(before)
        over.set()
        await working
    assert during > 0  # there was a load

    use(monkeypatch, tmp_path / "restored")
    assert await asyncio.to_thread(main, ["restore", str(backup)]) == DONE
    restored = Files(str(tmp_path / "restored" / "files"))
    db = await Database.open(url(tmp_path / "restored" / "mazok.db"))
    try:
        assert await check(db, restored) == []
        for job_id in before:
            job = await found(db, job_id)
            assert job.result and restored.read(job.result.picture) == picture()
        assert await ask(db, user=8) > max(before)
    finally:
        await db.close()


def test_only_its_owner_can_read_a_backup(elsewhere: Path) -> None:
    paths = [elsewhere, *(path for path in elsewhere.rglob("*") if path.name != MANIFEST)]
    assert {path: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in paths} == dict.fromkeys(
        paths, 0
    )


def test_a_backup_is_never_written_over_something(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(filled(place))
    assert main(["backup", str(place)]) == WRONG
    assert "exists already" in capsys.readouterr().err
    assert main(["backup", str(place / "mazok.db")]) == WRONG
    assert (place / "mazok.db").is_file()


def test_a_backup_without_a_database_says_where_it_looked(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["backup", str(tmp_path / "b")], ["check"]):
        assert main(command) == WRONG
        assert f"no database at {place / 'mazok.db'}" in capsys.readouterr().err
    assert not list(place.iterdir()) and not (tmp_path / "b").exists()


def test_a_backup_that_fails_leaves_nothing_behind(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(filled(place))

    def full(self: Files, key: str) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Files, "read", full)
    assert main(["backup", str(tmp_path / "b")]) == FAILED
    assert "the disk is full" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_files_deleted_during_the_backup_are_left_out(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(filled(place))
    read = Files.read

    def vanishing(self: Files, key: str) -> bytes:
        if key.endswith(".gif"):
            raise FileNotFoundError(key)
        return read(self, key)

    monkeypatch.setattr(Files, "read", vanishing)
    assert main(["backup", str(tmp_path / "b")]) == DONE
    assert json.loads((tmp_path / "b" / MANIFEST).read_text())["files"] == 2


def test_a_restore_replaces_nothing(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "restored"
    target.mkdir()
    for suffix in ("", "-wal", "-journal"):
        left = target / f"mazok.db{suffix}"
        left.write_bytes(b"mine")
        assert main(["restore", str(elsewhere)]) == WRONG
        assert f"{left} exists" in capsys.readouterr().err
        assert left.read_bytes() == b"mine"
        left.unlink()
    newer = Files(str(target / "files"))
    newer.write("jobs/2/frames/0001.png", b"another person's")
    assert main(["restore", str(elsewhere)]) == WRONG
    assert "newer than the backup" in capsys.readouterr().err
    newer.delete("jobs/2")
    assert main(["restore", str(elsewhere)]) == DONE
    assert main(["check"]) == DONE


@pytest.mark.parametrize("damage", ["no manifest", "other format", "no folder", "half a database"])
def test_half_a_backup_is_refused_and_nothing_appears(
    elsewhere: Path, tmp_path: Path, damage: str
) -> None:
    manifest, database = elsewhere / MANIFEST, elsewhere / DATABASE
    if damage == "no manifest":
        manifest.unlink()
    elif damage == "other format":
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 9}))
    elif damage == "no folder":
        elsewhere = tmp_path / "nothing"
    else:
        database.write_bytes(database.read_bytes()[:20_000])
    assert main(["restore", str(elsewhere)]) in (WRONG, FAILED)
    assert not (tmp_path / "restored").exists() or not list((tmp_path / "restored").iterdir())


def test_a_backup_of_a_newer_version_is_refused(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(elsewhere / DATABASE)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    assert main(["restore", str(elsewhere)]) == FAILED
    assert "newer version" in capsys.readouterr().err
    assert not (tmp_path / "restored" / "mazok.db").exists()


def test_postgresql_has_its_own_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAZOK_DATABASE", "postgresql://user:secret@nowhere/mazok")
    assert main(["backup", str(tmp_path / "b")]) == WRONG
    said = capsys.readouterr().err
    assert "pg_dump" in said and "secret" not in said
    assert not (tmp_path / "b").exists()


async def test_rows_and_files_of_a_copied_job_agree(place: Path) -> None:
    """The fixture of these tests makes what `check` finds flawless."""
    await filled(place)
    async with opened(place) as db:
        assert await check(db, Files(str(place / "files"))) == []
        assert await sql(db, "SELECT COUNT(*) FROM jobs") == [(1,)]
