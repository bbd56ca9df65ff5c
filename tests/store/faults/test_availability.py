"""An outage of the store is one line, and everybody waits for its end."""

import asyncio
import errno
import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import group_commit
from store.database.database import Database
from store.errors import DatabaseAway, DatabaseError
from store.faults.availability import Availability, when_available
from store.files.files import Files
from tests.fixtures.cluster.databases import ON_POSTGRESQL
from tests.fixtures.store import ask, found, only_on_sqlite, opened, sql, url

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_outage_is_a_line_at_its_begin_and_one_at_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    now = [0.0]
    availability = Availability("the disk", clock=lambda: now[0])
    for _ in range(100):
        with pytest.raises(OSError, match="No space"), availability.watch(writing=True):
            raise FULL
        now[0] += 1
    assert availability.away_s == 100
    for _ in range(100):
        with availability.watch(writing=True):
            pass
    assert [record.getMessage() for record in caplog.records] == [
        "the disk cannot be used, so everything waits: [Errno 28] No space left on device",
        "the disk can be used again after 100 s",
    ]
    now[0] += 5
    assert (availability.away_s, availability.back_s) == (0.0, 5.0)


def test_that_a_full_disk_can_be_read_ends_no_outage() -> None:
    availability = Availability("the disk")
    with pytest.raises(OSError, match="No space"), availability.watch(writing=True):
        raise FULL
    with availability.watch(writing=False):
        pass
    assert availability.away_s > 0
    with availability.watch(writing=True):
        pass
    assert availability.away_s == 0


def test_a_fault_of_ours_is_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    availability = Availability("the disk")
    with pytest.raises(KeyError), availability.watch(writing=True):
        raise KeyError("a.png")
    assert caplog.records == [] and availability.away_s == 0.0


async def test_what_fails_by_an_outage_is_repeated_until_it_ends() -> None:
    errors: list[Exception] = [FULL, TimeoutError(), ConnectionResetError()]

    async def act() -> str:
        if errors:
            raise errors.pop()
        return "written"

    assert await when_available(act, asyncio.Event(), retry_s=0.0) == "written"
    errors.append(KeyError("codebook"))
    with pytest.raises(KeyError):
        await when_available(act, asyncio.Event(), retry_s=0.0)


async def test_at_the_stop_nobody_waits_any_more() -> None:
    stop = asyncio.Event()

    async def act() -> None:
        stop.set()
        raise FULL

    with pytest.raises(OSError, match="No space"):
        await when_available(act, stop, retry_s=60.0)


@only_on_sqlite
async def test_a_start_waits_for_the_database(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", logger="store")
    monkeypatch.setattr("store.database.database.RETRY_S", 0.01)
    real, tries = Database.open, []

    async def open_later(address: str, known: Availability) -> Database:
        tries.append(address)
        if len(tries) < 5:
            reason = {"reason": "the server starts up", "trouble": "other"}
            raise DatabaseAway("database-unopened", place="x", **reason)
        return await real(address, known)

    monkeypatch.setattr(Database, "open", open_later)
    db = await Database.open_when_available(url(tmp_path / "mazok.db"), asyncio.Event())
    assert db is not None
    await db.close()
    assert len(tries) == 5 and len(caplog.records) == 2
    assert 0 <= db.availability.back_s < 60


@only_on_sqlite
async def test_a_server_that_is_away_at_the_start_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("asyncpg")
    monkeypatch.setattr("store.database.database.RETRY_S", 0.01)
    real, tries, stop = Database.open, 0, asyncio.Event()

    async def counted(address: str, known: Availability) -> Database:
        nonlocal tries
        tries += 1
        if tries == 3:
            stop.set()
        return await real(address, known)

    monkeypatch.setattr(Database, "open", counted)
    address = "postgresql+asyncpg://mazok:secret@127.0.0.1:9/mazok"
    assert await Database.open_when_available(address, stop) is None
    assert tries == 3 and len(caplog.records) == 1


@only_on_sqlite
async def test_a_server_that_is_not_there_is_away_and_a_wrong_setting_is_not(
    tmp_path: Path,
) -> None:
    pytest.importorskip("asyncpg")
    with pytest.raises(DatabaseAway):
        await Database.open("postgresql+asyncpg://mazok:secret@127.0.0.1:9/mazok")
    for wrong in (url(tmp_path), "nonsense", "sqlite+aiosqlite:///:memory:"):
        with pytest.raises(DatabaseError) as caught:
            await Database.open(wrong)
        assert not isinstance(caught.value, DatabaseAway), wrong


@only_on_sqlite
async def test_a_look_at_a_database_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no such file"):
        await Database.open_existing(url(tmp_path / "folder" / "mazok.db"))
    assert list(tmp_path.iterdir()) == []
    async with opened(tmp_path) as db:
        await ask(db)
    before = sorted(path.name for path in tmp_path.iterdir())
    looking = await Database.open_existing(url(tmp_path / "mazok.db"))
    await looking.probe()
    assert await sql(looking, "SELECT count(*) FROM rules") == [(0,)]
    await looking.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == before


async def test_a_database_without_tables_is_no_fault_of_a_statement(tmp_path: Path) -> None:
    address = url(tmp_path / "new.db")
    if not ON_POSTGRESQL:
        (tmp_path / "new.db").touch()
    with pytest.raises(DatabaseError, match="has no tables yet"):
        await Database.open_existing(address)


@only_on_sqlite
async def test_a_database_that_cannot_be_written_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading works on a full disk, so looking is not enough."""

    async def full(connection: AsyncConnection) -> None:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))

    async with opened(tmp_path) as db:
        assert not await db.is_away()
        with monkeypatch.context() as patch:
            patch.setattr(group_commit, "commit", full)
            assert await db.is_away()
        assert not await db.is_away()
        assert await sql(db, "SELECT count(*) FROM rules") == [(0,)]


@only_on_sqlite
async def test_a_deleted_database_file_is_an_outage_and_comes_back(tmp_path: Path) -> None:
    path, aside = tmp_path / "mazok.db", tmp_path / "aside.db"
    db = await Database.open(url(path))
    first = await ask(db)
    path.rename(aside)
    with pytest.raises(DatabaseError, match="is gone"):
        await ask(db)
    with pytest.raises(DatabaseError, match="is gone"):
        await found(db, first)
    assert not path.exists() and db.availability.away_s > 0
    aside.rename(path)
    second = await ask(db)
    await db.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT id FROM jobs").fetchall() == [(first,), (second,)]
    connection.close()


@only_on_sqlite
async def test_a_database_file_that_was_replaced_is_opened_anew(tmp_path: Path) -> None:
    """What SQLite writes to a replaced file, nobody would ever read."""
    path, restored = tmp_path / "mazok.db", tmp_path / "restored.db"
    old = await Database.open(url(restored))
    kept = await ask(old)
    await old.close()
    db = await Database.open(url(path))
    for _ in range(3):
        await ask(db)
    restored.rename(path)
    assert (await found(db, kept)).id == kept
    new = await ask(db)
    await db.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT id FROM jobs").fetchall() == [(kept,), (new,)]
    connection.close()


@only_on_sqlite
async def test_a_replaced_file_without_our_tables_is_an_outage(tmp_path: Path) -> None:
    path = tmp_path / "mazok.db"
    db = await Database.open(url(path))
    await ask(db)
    path.unlink()
    path.touch()
    for _ in range(2):
        with pytest.raises(DatabaseError, match="without Mazok's tables"):
            await ask(db)
    await db.close()
    assert path.read_bytes() == b""


@only_on_sqlite
async def test_a_transaction_under_way_is_not_committed_to_a_file_that_was_replaced(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mazok.db"
    db = await Database.open(url(path))
    with pytest.raises(DatabaseError, match="replaced"):
        async with db.write() as connection:
            await connection.exec_driver_sql("INSERT INTO updates VALUES (1, 1)")
            path.rename(tmp_path / "aside.db")
            (tmp_path / "aside.db").read_bytes()
            path.write_bytes((tmp_path / "aside.db").read_bytes())
    assert await sql(db, "SELECT count(*) FROM updates") == [(0,)]
    await db.close()


def test_the_files_are_really_written_and_nothing_is_left(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    files.probe()
    assert list(tmp_path.iterdir()) == []
    Files(str(tmp_path / "later")).probe()
    assert list(tmp_path.iterdir()) == []
    assert files.availability.away_s == 0.0


def test_a_full_disk_is_an_outage_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    files = Files(str(tmp_path))

    def full(*arguments: object, **named: object) -> None:
        raise FULL

    with monkeypatch.context() as patch:
        patch.setattr("store.files.atomic_write.write_whole", full)
        for _ in range(3):
            with pytest.raises(OSError, match="No space"):
                files.probe()
        assert files.availability.away_s > 0
    files.probe()
    assert files.availability.away_s == 0.0
    assert len(caplog.records) == 1


async def test_nobody_sees_what_a_probe_writes(db: Database) -> None:
    """A request that reads the limits meanwhile would take it for one of them."""
    probing = asyncio.create_task(_probe_often(db))
    while not probing.done():
        assert await sql(db, "SELECT * FROM rules") == []
    await probing


async def _probe_often(db: Database) -> None:
    for _ in range(30):
        await db.probe()
