"""Which processes run, on which machines, and which of them does what only one may do."""

import asyncio
import os
import secrets
import socket
from pathlib import Path
from typing import Literal

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite takes its ON CONFLICT, too
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.durations import DAY_MS
from store.errors import DatabaseError
from store.tables import leases, processes

Role = Literal["bot", "engine"]

BEAT_S = 5.0
ALIVE_S = 15.0  # how long after its last heartbeat a process counts as alive
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def own_name() -> str:
    """Return the name of this process; it is unique among all machines."""
    return f"{socket.gethostname()}:{os.getpid()}"


def machine() -> str:
    """Return what all processes of this machine have in common, those in containers too."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:  # no Linux
        return socket.gethostname()


async def record_beat(connection: AsyncConnection, name: str, role: Role) -> None:
    """Record that a process is alive; forget those that have been silent for a day."""
    beat = {"role": role, "machine": machine(), "beat_ms": now_ms()}
    known = await connection.execute(update(processes).where(processes.c.name == name).values(beat))
    if known.rowcount == 0:
        silent = processes.c.beat_ms < now_ms() - DAY_MS
        await connection.execute(delete(processes).where(silent))
        statement = insert(processes).values(name=name, **beat)
        await connection.execute(statement.on_conflict_do_nothing())


async def remove(connection: AsyncConnection, name: str) -> None:
    """Forget a process that ends."""
    await connection.execute(delete(processes).where(processes.c.name == name))


async def count_alive(db: Database, role: Role) -> int:
    """Return how many processes of a role are alive."""
    alive = processes.c.beat_ms >= now_ms() - int(ALIVE_S * 1000)
    query = select(func.count()).select_from(processes).where(processes.c.role == role, alive)
    async with db.read() as connection:
        return int((await connection.execute(query)).scalar_one())


async def silence_s(db: Database, role: Role) -> float | None:
    """Return for how long the liveliest process of a role on this host has been silent.

    None if there is none. A container is a host of its own.
    """
    here = processes.c.name.startswith(f"{socket.gethostname()}:", autoescape=True)
    query = select(now_ms() - func.max(processes.c.beat_ms)).where(processes.c.role == role, here)
    async with db.read() as connection:
        silence = (await connection.execute(query)).scalar()
    return None if silence is None else float(silence) / 1000


async def beats_elsewhere(db: Database) -> dict[str, int]:
    """Return the last heartbeats of processes on other machines, in milliseconds."""
    query = select(processes.c.name, processes.c.beat_ms).where(processes.c.machine != machine())
    async with db.read() as connection:
        return {name: beat_ms for name, beat_ms in await connection.execute(query)}


async def check_alone(db: Database) -> None:
    """Raise DatabaseError if processes on another machine use the same SQLite file.

    Its locks do not hold over a network. Whoever was there before a restart of the machine is not
    heard any more.
    """
    if not db.serves_one_machine or not (before := await beats_elsewhere(db)):
        return
    await asyncio.sleep(2 * BEAT_S)
    for name, beat_ms in (await beats_elsewhere(db)).items():
        if beat_ms > before.get(name, 0):
            host = name.rpartition(":")[0]
            raise DatabaseError("database-elsewhere", host=host)


async def hold(db: Database, lease: str, holder: str, lease_s: float) -> bool:
    """Take or renew a lease; return whether the holder has it now.

    A lease is free when its time is over, or at once if its holder was a process of this host
    that is gone.
    """
    async with db.write() as connection:
        await insert_once(connection, leases, name=lease, holder=holder, until_ms=0)
        query = select(leases.c.holder).where(leases.c.name == lease).with_for_update()
        last = (await connection.execute(query)).scalar()
        if last is None:  # deleted meanwhile
            return False
        free = or_(leases.c.holder == holder, leases.c.until_ms <= now_ms())
        mine = leases.c.name == lease if _is_gone(last) else (leases.c.name == lease) & free
        values = {"holder": holder, "until_ms": now_ms() + int(lease_s * 1000)}
        return (await connection.execute(update(leases).where(mine).values(values))).rowcount == 1


async def is_first(db: Database, name: str, quiet_s: float) -> bool:
    """Return whether no process has asked for the name in the last seconds; the caller has then."""
    # A holder that is nobody: the answer outlives the process that got it.
    return await hold(db, name, f"once:{secrets.token_hex(8)}", quiet_s)


async def forget(db: Database, name: str) -> None:
    """Let the next one that asks for the name be the first again."""
    async with db.write() as connection:
        await connection.execute(delete(leases).where(leases.c.name == name))


async def delete_old_leases(db: Database) -> None:
    """Delete leases that nobody has renewed for a day."""
    old = leases.c.until_ms.between(1, now_ms() - DAY_MS)
    async with db.write() as connection:
        await connection.execute(delete(leases).where(old))


async def give_up(db: Database, lease: str, holder: str) -> None:
    """Free a lease for the next holder, if it is still ours."""
    until_ms = case((leases.c.holder == holder, 0), else_=leases.c.until_ms)
    async with db.write() as connection:
        await connection.execute(
            update(leases).where(leases.c.name == lease).values(until_ms=until_ms)
        )


def _is_gone(name: str) -> bool:
    """Return whether a process is known not to run any more, which only its own host can tell."""
    host, _, pid = name.rpartition(":")
    # On Windows the signal 0 is not a question.
    if host != socket.gethostname() or not pid.isdecimal() or os.name == "nt":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
