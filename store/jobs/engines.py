"""The engines, what each can paint, and how fast they paint."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store import processes
from store.database.database import Database, insert_once, now_ms
from store.durations import DAY_MS
from store.messages.alerts import record_alert
from store.model import Notice
from store.reader.drafters import OfferedDrafter, as_stored
from store.reader.repertoire import Repertoire, read_repertoires, stored_repertoires
from store.tables import engines, jobs, speeds

ALIVE_S = 15.0  # how long after its last heartbeat an engine counts as alive
ALIVE = engines.c.beat_ms >= now_ms() - int(ALIVE_S * 1000)


@dataclass(frozen=True)
class EngineState:
    """What an engine reports with its heartbeat.

    models: all models it has. vqgans, guides: those of them that a user can choose.
    drafters: what can draw the beginning of a picture, or all of it.
    repertoires: what it can draw, by the scripts that only guides of closed vocabularies read, and
        by the name of each such guide, for requests that name it.
    sizes: the (width, height) in pixels that it can paint, largest last.
    """

    name: str
    models: Sequence[str]
    device: str
    sizes: Sequence[tuple[int, int]]
    pid: int
    vqgans: Sequence[str] = ()
    repertoires: Mapping[str, Repertoire] = field(default_factory=dict)
    memory: tuple[int, int] | None = None  # (free, total) bytes of the device, where it tells
    drafters: Sequence[OfferedDrafter] = ()
    guides: Sequence[str] = ()

    @property
    def pixels(self) -> int:
        """Return the largest area in pixels."""
        return max((width * height for width, height in self.sizes), default=0)


async def record_heartbeat(db: Database, state: EngineState) -> None:
    """Store the engine's state and the time; the first one deletes engines long gone."""
    values: dict[str, Any] = {
        "models": json.dumps(list(state.models)),
        "device": state.device,
        "sizes": json.dumps([list(size) for size in state.sizes]),
        "pid": state.pid,
        "vqgans": json.dumps(list(state.vqgans)),
        "repertoires": stored_repertoires(state.repertoires),
        "memory": json.dumps(state.memory),
        "drafters": as_stored(state.drafters),
        "guides": json.dumps(list(state.guides)),
        "beat_ms": now_ms(),
    }
    async with db.write() as connection:
        updated = await connection.execute(
            update(engines).where(engines.c.name == state.name).values(values)
        )
        if updated.rowcount == 0:
            outdated = engines.c.beat_ms < now_ms() - DAY_MS
            await connection.execute(delete(engines).where(outdated))
            row = {"name": state.name, "started_ms": now_ms(), **values}
            await insert_once(connection, engines, **row)
        await processes.record_beat(connection, state.name, "engine")


_ALIVE = select(engines).where(ALIVE).order_by(engines.c.name)


async def alive_engines(db: Database) -> list[EngineState]:
    """Return the engines whose last heartbeat is at most `ALIVE_S` old, by name."""
    async with db.read() as connection:
        return await read_alive(connection)


async def read_alive(connection: AsyncConnection) -> list[EngineState]:
    """Return the alive engines, read on the caller's connection."""
    rows = (await connection.execute(_ALIVE)).mappings().all()
    return [
        EngineState(
            row["name"],
            tuple(json.loads(row["models"])),
            row["device"],
            tuple((width, height) for width, height in json.loads(row["sizes"])),
            row["pid"],
            tuple(json.loads(row["vqgans"])),
            read_repertoires(row["repertoires"]),
            _read_memory(row["memory"]),
            OfferedDrafter.stored(row["drafters"]),
            tuple(json.loads(row["guides"])),
        )
        for row in rows
    ]


def _read_memory(stored: str) -> tuple[int, int] | None:
    memory = json.loads(stored)
    return None if memory is None else (memory[0], memory[1])


def offered_vqgans(states: Iterable[EngineState]) -> list[str]:
    """Return every VQGAN that one of the engines offers, without repetitions."""
    return list(dict.fromkeys(name for state in states for name in state.vqgans))


def offered_guides(states: Iterable[EngineState]) -> list[str]:
    """Return every guide that one of the engines offers, without repetitions."""
    return list(dict.fromkeys(name for state in states for name in state.guides))


def offered_drafters(states: Iterable[EngineState]) -> dict[str, OfferedDrafter]:
    """Return every drafter that one of the engines offers, by name."""
    return {drafter.name: drafter for state in states for drafter in state.drafters}


RECENT = 200  # finished jobs that tell the pace
MOST_TIMES = 8  # the usual price, of what takes long
QUARTER = 0.25  # of a picture's time, for one of a sheet, until one has been painted


@dataclass(frozen=True)
class Pace:
    """The usual seconds of a picture that is painted alone, and of one of a sheet, once known."""

    seconds: float | None = None
    of_sheet: float | None = None

    @property
    def share(self) -> float:
        """Return how much of a picture's time one of a sheet takes."""
        return self.of_sheet / self.seconds if self.seconds and self.of_sheet else QUARTER

    def completed(self, share: float) -> "Pace":
        """Return the pace with what is not known of it, by this share of one of a sheet."""
        seconds = self.seconds or (self.of_sheet and self.of_sheet / share)
        return Pace(seconds, self.of_sheet or (self.seconds and self.seconds * share))

    def times(self, usual: "Pace") -> int:
        """Return how many times as long as the usual picture one takes, as far as it is known."""
        if not (self.seconds and usual.seconds):
            return 1
        return min(max(1, round(self.seconds / usual.seconds)), MOST_TIMES)


async def paces(db: Database) -> dict[str, Pace]:
    """Return the pace of each VQGAN and drafter, by the medians of what was painted last.

    Of a drafter that has drawn nothing yet it is the one that an engine expects.
    """
    async with db.read() as connection:
        return await read_paces(connection, await read_alive(connection))


async def read_paces(connection: AsyncConnection, alive: Iterable[EngineState]) -> dict[str, Pace]:
    """Return the paces, read on the caller's connection; alive: the engines that are on."""
    alone: dict[str, list[float]] = {}
    of_sheet: dict[str, list[float]] = {}
    for row in (await connection.execute(_PAINTED)).all():
        request, result = json.loads(row.request), json.loads(row.result)
        way = request.get("draft") or next(iter(result.get("models") or ()), None)
        parts = result.get("parts") or ()
        if way is None or not result["seconds"] > 0:
            continue
        if any(request.get(name) for name in ("larger", "init", "targets", "style")):
            continue  # of which no draft is made
        if parts:
            of_sheet.setdefault(way, []).append(engine_seconds(result) / len(parts))
        else:
            alone.setdefault(way, []).append(engine_seconds(result))
    known = {
        way: Pace(*(median(some[way]) if way in some else None for some in (alone, of_sheet)))
        for way in (*alone, *of_sheet)
    }
    for drafter in offered_drafters(alive).values():
        if drafter.seconds and drafter.of_sheet:
            expected = Pace(drafter.seconds, drafter.of_sheet)
            known[drafter.name] = known.get(drafter.name, expected).completed(expected.share)
    return known


def engine_seconds(result: Mapping[str, Any]) -> float:
    """Return the time of an engine that a stored result has taken, of several at once its share."""
    seconds: float = result["seconds"] / result.get("batch", 1.0)
    return seconds


_PAINTED = (
    select(jobs.c.request, jobs.c.result)
    .where(jobs.c.state == "done", ~jobs.c.erased, jobs.c.price > 0)  # none of a sheet, sent alone
    .order_by(jobs.c.finished_ms.desc())
    .limit(RECENT)
)


async def remove_engine(db: Database, name: str) -> None:
    """Delete an engine that shuts down, so that it does not count as alive any more."""
    async with db.write() as connection:
        await connection.execute(delete(engines).where(engines.c.name == name))
        await processes.remove(connection, name)


async def leave_queue(db: Database, name: str, reason: str) -> None:
    """Delete an engine that cannot paint, and alert the administrators."""
    async with db.write() as connection:
        await connection.execute(delete(engines).where(engines.c.name == name))
        notice = Notice("alert-engine-fault", {"worker": name, "fault": reason})
        await record_alert(connection, f"engine-fault:{name}"[:64], notice)


async def return_to_queue(db: Database, state: EngineState) -> None:
    """Record an engine that can paint again, and tell the administrators."""
    await record_heartbeat(db, state)
    async with db.write() as connection:
        notice = Notice("alert-engine-back", {"worker": state.name})
        await record_alert(connection, f"engine-back:{state.name}"[:64], notice)


async def report_encoder(db: Database, job_id: int, fault: str) -> None:
    """Alert the administrators of an encoder that makes no films."""
    async with db.write() as connection:
        notice = Notice("alert-encoder", {"job": job_id, "fault": fault})
        await record_alert(connection, "encoder", notice)


async def record_speed(db: Database, key: str, seconds_per_step: float) -> None:
    """Store the latest seconds per step for a combination of models and size."""
    values = {"seconds_per_step": seconds_per_step, "updated_ms": now_ms()}
    async with db.write() as connection:
        updated = await connection.execute(update(speeds).where(speeds.c.key == key).values(values))
        if updated.rowcount == 0:
            await insert_once(connection, speeds, key=key, **values)
