"""One database in several processes: they wait for each other, and nothing written is lost."""

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

from sqlalchemy import (
    text,
)

from tests.fixtures.store import only_on_sqlite, opened, sql, url

pytestmark = only_on_sqlite


async def test_while_another_process_ends_its_commit_a_read_waits_and_the_loop_goes_on(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as db:

        async def look() -> None:
            async with db.read() as connection:
                await connection.execute(text("SELECT COUNT(*) FROM users"))

        async with db._writer.connect() as connection:  # in WAL a read need not wait
            await connection.exec_driver_sql("PRAGMA journal_mode=TRUNCATE")
        other = sqlite3.connect(tmp_path / "mazok.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        looking = asyncio.create_task(look())
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert not looking.done()
        other.execute("COMMIT")
        other.close()
        await asyncio.wait_for(looking, 5)


_KILLED = textwrap.dedent("""
    import os, sqlite3, sys
    c = sqlite3.connect(sys.argv[1], isolation_level=None)
    c.execute("PRAGMA cache_size=1")
    c.execute("BEGIN IMMEDIATE")
    c.executemany("INSERT INTO updates VALUES (?, 1)", ((n,) for n in range(5000)))
    os._exit(137)
""")


async def test_what_a_killed_process_had_not_committed_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        path = str(tmp_path / "mazok.db")
        assert subprocess.run([sys.executable, "-c", _KILLED, path], check=False).returncode == 137
        async with db.read() as connection:
            assert (await connection.exec_driver_sql("SELECT * FROM updates")).all() == []
        assert await sql(db, "PRAGMA integrity_check") == [("ok",)]


_HOLDER = textwrap.dedent("""
    import sqlite3, sys, time
    c = sqlite3.connect(sys.argv[1], isolation_level=None)
    c.execute("BEGIN IMMEDIATE")
    c.execute("INSERT INTO updates VALUES (1, 1)")
    print("held", flush=True)
    time.sleep(0.5)
    c.execute("COMMIT")
    c.close()
""")


async def test_a_write_waits_for_another_process_and_a_read_does_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        holder = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _HOLDER,
            str(tmp_path / "mazok.db"),
            stdout=asyncio.subprocess.PIPE,
        )
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        write = asyncio.create_task(sql(db, "INSERT INTO updates VALUES (2, 2)"))
        async with db.read() as connection:
            assert (await connection.exec_driver_sql("SELECT * FROM updates")).all() == []
        assert not write.done()
        await write
        assert await sql(db, "SELECT update_id FROM updates ORDER BY 1") == [(1,), (2,)]
        assert await holder.wait() == 0


# Opens a database that is not there yet, then reads and writes as fast as it can.
_BUSY = textwrap.dedent("""
    import asyncio, sys
    from sqlalchemy import text
    from store.database.database import Database

    async def main(url, first):
        sys.stdin.readline()
        db = await Database.open(url)
        for number in range(first, first + 30):
            async with db.write() as connection:
                await connection.execute(
                    text("INSERT INTO updates SELECT :n, COUNT(*) FROM updates"), {"n": number}
                )
            async with db.read() as connection:
                await connection.execute(text("SELECT COUNT(*) FROM updates"))
        await db.close()

    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
""")


async def test_processes_that_start_together_make_one_database_and_share_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "data" / "mazok.db"
    busy = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _BUSY, url(path), str(first)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for first in (0, 100)
    ]
    for process in busy:  # all are waiting at the start line by now
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=60)[1] for process in busy]
    assert errors == ["", ""]
    async with opened(path.parent) as db:
        seen = await sql(db, "SELECT at_ms FROM updates ORDER BY 1")
        assert seen == [(count,) for count in range(60)]  # each saw all that came before it
        assert await sql(db, "PRAGMA integrity_check") == [("ok",)]
