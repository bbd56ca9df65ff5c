"""Opening and migrating the database, and its transactions."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    Connection,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from store.database import sqlite
from store.database.database import Database, now_ms
from store.database.sqlite import journal_mode
from store.errors import DatabaseError
from store.tables import metadata
from tests.fixtures.store import only_on_sqlite, opened, sql, url

SYNCHRONOUS = sqlite.SYNCHRONOUS  # before the tests begin, which wait for no disk


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "TRUNCATE"),
        ((3, 49, 9), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_wal_only_where_two_processes_may_write_it(
    version: tuple[int, int, int], mode: str
) -> None:
    assert journal_mode(version) == mode


@only_on_sqlite
async def test_each_connection_is_durable_and_checks_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "SYNCHRONOUS", SYNCHRONOUS)
    async with opened(tmp_path) as db:
        for connect in (db.read, db.write):
            async with connect() as connection:
                pragmas = {
                    name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
                    for name in ("synchronous", "foreign_keys")
                }
            assert pragmas == {"synchronous": 2, "foreign_keys": 1}


@only_on_sqlite
async def test_every_connection_that_writes_keeps_the_journal_of_choice(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        for _ in range(2):
            async with db._writer.connect() as connection:
                mode = (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar()
            assert mode == journal_mode(sqlite3.sqlite_version_info).lower()
            await db._writer.dispose()


@only_on_sqlite
async def test_folder_and_file_are_for_their_owner_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        await (await Database.open(url(tmp_path / "new" / "data" / "mazok.db"))).close()
    finally:
        os.umask(mask)
    modes = {p.name: oct(p.stat().st_mode & 0o777) for p in (tmp_path / "new").rglob("*")}
    assert modes.pop("data") == "0o700" and "mazok.db" in modes
    assert set(modes.values()) == {"0o600"}  # the journal's too


@pytest.mark.filterwarnings("ignore:(autogenerate s|S)kip.*expression")  # it cannot compare those
async def test_the_scripts_make_exactly_the_tables_that_we_use(tmp_path: Path) -> None:
    def drift(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with opened(tmp_path) as db, db.read() as connection:
        assert await connection.run_sync(drift) == []


@only_on_sqlite
async def test_a_failed_migration_leaves_no_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "mazok.db"
    async with opened(tmp_path) as db:
        for table in ("alembic_version", "chats", "engines"):
            await sql(db, f"DROP TABLE {table}")
    with pytest.raises(DatabaseError, match="already exists"):
        await Database.open(url(path))
    tables = subprocess.check_output(
        [sys.executable, "-c", "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("
         "'SELECT name FROM sqlite_master').fetchall())", str(path)], text=True
    )  # fmt: skip
    assert "users" in tables
    assert "chats" not in tables


async def test_a_newer_database_is_refused_with_one_sentence(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        await sql(db, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match=r"newer version.*9999.*update Mazok\.$") as caught:
        await Database.open(url(tmp_path / "mazok.db"))
    assert "\n" not in str(caught.value)


@only_on_sqlite
async def test_what_is_no_database_is_refused_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("a shopping list, " * 100)
    for address in (
        url(tmp_path / "note.txt"),
        url(tmp_path),
        url(tmp_path / "note.txt" / "mazok.db"),
        "sqlite+aiosqlite://",
        "sqlite:///" + str(tmp_path / "driver.db"),
        "nosuch+driver://host/mazok",
        "mazok.db",
    ):
        with pytest.raises(DatabaseError) as caught:
            await Database.open(address)
        assert "\n" not in str(caught.value)


async def test_the_password_of_a_server_is_not_told() -> None:
    with pytest.raises(DatabaseError) as caught:
        await Database.open("nosuch+driver://user:secret@host/mazok")
    assert "secret" not in str(caught.value)


async def test_an_error_takes_the_whole_transaction_back(tmp_path: Path) -> None:
    insert = text("INSERT INTO updates VALUES (1, 1)")
    async with opened(tmp_path) as db:
        with pytest.raises(RuntimeError):
            async with db.write() as connection:
                await connection.execute(insert)
                raise RuntimeError
        assert await sql(db, "SELECT * FROM updates") == []
        async with db.write() as connection:
            await connection.execute(insert)
        assert await sql(db, "SELECT * FROM updates") == [(1, 1)]


async def test_a_write_that_is_cancelled_gives_its_turn_away(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        inside = asyncio.Event()

        async def stuck() -> None:
            async with db.write() as connection:
                await connection.exec_driver_sql("INSERT INTO updates VALUES (1, 1)")
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(stuck())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await sql(db, "SELECT * FROM updates") == []


async def test_the_clock_is_the_databases_in_milliseconds(tmp_path: Path) -> None:
    async with opened(tmp_path) as db, db.read() as connection:
        before = time.time_ns() // 1_000_000
        now = (await connection.execute(select(now_ms()))).scalar_one()
    assert before - 1 <= now <= time.time_ns() // 1_000_000 + 1  # rounded


@only_on_sqlite
async def test_it_is_away_only_where_not_even_a_trivial_write_is_possible(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        assert not await db.is_away()
        with pytest.raises(OperationalError):
            await sql(db, "SELECT * FROM nothing_of_ours")
        assert not await db.is_away()
        await sql(db, "ALTER TABLE rules RENAME TO elsewhere")
        assert await db.is_away()
