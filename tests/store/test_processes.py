"""Which processes run, and which of them does what only one may do."""

import asyncio
import os
import socket
import subprocess
import sys

import pytest

from store import processes
from store.database.database import Database
from store.errors import DatabaseError
from tests.fixtures.cluster.databases import ON_POSTGRESQL
from tests.fixtures.store import sql

FAR = "another-host:7"


async def _beat(db: Database, name: str, role: processes.Role = "bot") -> None:
    async with db.write() as connection:
        await processes.record_beat(connection, name, role)


async def test_one_of_many_gets_a_lease_and_keeps_it(db: Database) -> None:
    names = [f"host-{number}:1" for number in range(10)]
    held = await asyncio.gather(*(processes.hold(db, "polling", name, 30) for name in names))
    assert sum(held) == 1
    holder = names[held.index(True)]
    for name in names:
        assert await processes.hold(db, "polling", name, 30) is (name == holder)
    assert await processes.hold(db, "progress", FAR, 30)


async def test_a_lease_is_free_after_its_end_or_when_it_is_given_up(db: Database) -> None:
    assert await processes.hold(db, "polling", FAR, 30)
    await sql(db, "UPDATE leases SET until_ms = 1")
    assert await processes.hold(db, "polling", "third:1", 30)
    await processes.give_up(db, "polling", FAR)  # which has it no more
    assert not await processes.hold(db, "polling", FAR, 30)
    await processes.give_up(db, "polling", "third:1")
    assert await processes.hold(db, "polling", FAR, 30)


async def test_one_of_many_is_the_first_to_ask_for_a_name(db: Database) -> None:
    asked = await asyncio.gather(*(processes.is_first(db, "greeted:-1", 60) for _ in range(8)))
    assert sum(asked) == 1
    assert await processes.is_first(db, "greeted:-2", 60)
    await sql(db, "UPDATE leases SET until_ms = 1 WHERE name = 'greeted:-1'")
    assert await processes.is_first(db, "greeted:-1", 60)
    await processes.forget(db, "greeted:-1")
    assert await processes.is_first(db, "greeted:-1", 60)


async def test_old_leases_are_deleted(db: Database) -> None:
    for name in ("greeted:-1", "greeted:-2"):
        await processes.is_first(db, name, 60)
    await sql(db, "UPDATE leases SET until_ms = 1 WHERE name = 'greeted:-1'")
    await processes.delete_old_leases(db)
    assert await sql(db, "SELECT name FROM leases") == [("greeted:-2",)]


async def test_a_process_of_this_host_that_is_gone_holds_nothing(db: Database) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = socket.gethostname()
    assert await processes.hold(db, "polling", f"{here}:{gone.pid}", 30)
    assert await processes.hold(db, "polling", processes.own_name(), 30)
    assert not await processes.hold(db, "polling", f"{here}:{os.getppid()}", 30)


async def test_health_is_that_of_a_role_on_this_host(db: Database) -> None:
    assert await processes.silence_s(db, "bot") is None
    await _beat(db, FAR)
    await _beat(db, processes.own_name(), "engine")
    assert await processes.silence_s(db, "bot") is None
    await _beat(db, processes.own_name())
    silence = await processes.silence_s(db, "bot")
    assert silence is not None and silence < 5
    await sql(db, "UPDATE processes SET beat_ms = beat_ms - 60000")
    silence = await processes.silence_s(db, "bot")
    assert silence is not None and silence > 59


async def test_the_living_are_counted_by_role_and_the_long_silent_forgotten(db: Database) -> None:
    for name, role in ((FAR, "bot"), ("third:1", "bot"), ("third:2", "engine")):
        await _beat(db, name, role)  # type: ignore[arg-type]
    assert await processes.count_alive(db, "bot") == 2
    await sql(db, "UPDATE processes SET beat_ms = beat_ms - 100000000 WHERE name = :n", n=FAR)
    assert await processes.count_alive(db, "bot") == 1
    await _beat(db, "fourth:1")
    assert FAR not in {name for (name,) in await sql(db, "SELECT name FROM processes")}


async def test_sqlite_on_two_machines_is_refused(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "BEAT_S", 0.05)
    await _beat(db, processes.own_name())
    await processes.check_alone(db)
    await _beat(db, FAR)
    await sql(db, "UPDATE processes SET machine = 'elsewhere' WHERE name = :n", n=FAR)
    await processes.check_alone(db)  # it was there before, and is not heard any more
    checking = asyncio.create_task(processes.check_alone(db))
    await asyncio.sleep(0.02)
    await sql(db, "UPDATE processes SET beat_ms = beat_ms + 1 WHERE name = :n", n=FAR)
    if ON_POSTGRESQL:
        await checking
        return
    with pytest.raises(DatabaseError, match=r"in use on another machine too \(another-host\)"):
        await checking
