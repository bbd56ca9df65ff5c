"""Figures for a monitoring system, read from the store at the moment they are asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.durations import DAY_MS, MINUTE_MS
from store.jobs.engines import read_alive
from store.messages.inbox import OPEN
from store.model import UNFINISHED
from store.tables import alerts, inbox, jobs, letters, outbox

HOUR_MS = 60 * MINUTE_MS
MEAN = "the mean of the pictures of the last hour"
UNSENT = ("pending", "sending")
# Who is at fault for what an alert tells, by the beginning of its kind.
OWNERS = {
    "failed": "job",
    "engine": "engine",
    "no-engine": "engine",
    "no-model": "engine",
    "update": "telegram",
    "undeliverable": "telegram",
    "outbox": "telegram",
    "polling": "telegram",
    "inbox": "bot",
    "database": "store",
    "disk": "store",
}


@dataclass(frozen=True)
class Metric:
    """One figure for each combination of labels."""

    name: str
    about: str
    samples: tuple[tuple[Mapping[str, str], float], ...] = ()
    kind: str = "gauge"  # or "counter"
    labels: Mapping[str, str] = field(default_factory=dict)  # of a single `value`
    value: float | None = None

    @property
    def lines(self) -> Iterable[tuple[Mapping[str, str], float]]:
        """Return the labels and the value of each figure."""
        return self.samples if self.value is None else ((self.labels, self.value),)


def _oldest(since: ColumnElement[int], *which: ColumnElement[bool]) -> Select[int]:
    return select(func.coalesce(now_ms() - func.min(since), 0)).where(*which)


_AGES = {
    "queue": _oldest(jobs.c.created_ms, jobs.c.state == "queued"),
    "outbox": _oldest(outbox.c.due_ms, outbox.c.state == "pending", outbox.c.due_ms <= now_ms()),
    "inbox": _oldest(inbox.c.received_ms, inbox.c.state.in_(OPEN)),
}


async def read_metrics(db: Database) -> list[Metric]:
    """Return all figures that the store knows; each is one short query."""
    async with db.read() as connection:
        waiting = await _counts(connection, jobs, UNFINISHED)
        messages = await _counts(connection, outbox, (*UNSENT, "undeliverable"))
        updates = await _counts(connection, inbox, (*OPEN, "set-aside"))
        news = await _counts(connection, letters, UNSENT)
        return [
            Metric("mazok_jobs", "Unfinished jobs by state.", waiting),
            await _age(connection, "queue"),
            *await _accepted(connection),
            *await _last_hour(connection),
            Metric("mazok_outbox_messages", "Messages about jobs by state.", messages),
            await _age(connection, "outbox"),
            Metric("mazok_inbox_updates", "Received updates by state.", updates),
            await _age(connection, "inbox"),
            Metric("mazok_announcements", "Alerts and broadcast messages to be sent.", news),
            *await _engines(connection),
            await _faults(connection),
        ]


async def _counts(
    connection: AsyncConnection, table: Table, states: tuple[str, ...]
) -> tuple[tuple[Mapping[str, str], float], ...]:
    query = select(table.c.state, func.count()).where(table.c.state.in_(states))
    found = {row[0]: row[1] for row in await connection.execute(query.group_by(table.c.state))}
    return tuple(({"state": state}, float(found.get(state, 0))) for state in states)


async def age_s(db: Database, what: str) -> float:
    """Return the age in seconds of the oldest entry of "queue", "outbox" or "inbox"; 0 if none."""
    async with db.read() as connection:
        return await _read_age(connection, what)


async def _read_age(connection: AsyncConnection, what: str) -> float:
    milliseconds = (await connection.execute(_AGES[what])).scalar_one()
    return max(float(milliseconds) / 1000, 0.0)


async def _age(connection: AsyncConnection, what: str) -> Metric:
    about = f"Seconds for which the oldest entry of the {what} has been due."
    return Metric(f"mazok_{what}_age_seconds", about, value=await _read_age(connection, what))


async def _accepted(connection: AsyncConnection) -> list[Metric]:
    newest = await connection.execute(select(func.coalesce(func.max(jobs.c.id), 0)))
    about = "Jobs that were ever accepted."
    return [Metric("mazok_jobs_accepted_total", about, kind="counter", value=newest.scalar_one())]


async def _last_hour(connection: AsyncConnection) -> list[Metric]:
    """Return what became of the jobs that ended within the last hour, and their mean times."""
    painted = jobs.c.finished_ms - jobs.c.started_ms
    query = select(
        func.count().label("number"),
        func.avg(jobs.c.started_ms - jobs.c.created_ms).label("waiting"),
        func.avg(painted).label("painting"),
        (1000.0 * func.sum(jobs.c.steps) / func.nullif(func.sum(painted), 0)).label("speed"),
    )
    ended: list[tuple[Mapping[str, str], float]] = []
    done: Any = None
    for state in ("done", "failed", "cancelled"):
        recent = jobs.c.state == state, jobs.c.finished_ms > now_ms() - HOUR_MS
        row = (await connection.execute(query.where(*recent))).one()
        ended.append(({"state": state}, float(row.number)))
        done = done or row
    waiting, painting, speed = (float(part or 0) for part in done[1:])
    return [
        Metric("mazok_jobs_ended", "Jobs that ended in the last hour.", tuple(ended)),
        Metric("mazok_waiting_seconds", f"From request to start; {MEAN}.", value=waiting / 1000),
        Metric("mazok_painting_seconds", f"From start to end; {MEAN}.", value=painting / 1000),
        Metric("mazok_steps_per_second", f"Of an engine; {MEAN}.", value=speed),
    ]


async def _engines(connection: AsyncConnection) -> list[Metric]:
    alive = await read_alive(connection)
    memory = [
        ({"engine": engine.name, "kind": kind}, float(size))
        for engine in alive
        for kind, size in zip(("free", "total"), engine.memory or (), strict=False)
    ]
    return [
        Metric("mazok_engines", "Engines that take jobs.", value=len(alive)),
        Metric("mazok_engine_memory_bytes", "Memory of the device, by engine.", tuple(memory)),
    ]


async def _faults(connection: AsyncConnection) -> Metric:
    """Return how many faults were reported within a day, by who is at fault."""
    owner = case(
        *((alerts.c.kind.startswith(kind), literal(name)) for kind, name in OWNERS.items()),
        else_=literal("other"),
    )
    recent = alerts.c.created_ms > now_ms() - DAY_MS
    query = select(owner.label("owner"), func.sum(alerts.c.count)).where(recent).group_by("owner")
    found = {row[0]: float(row[1]) for row in await connection.execute(query)}
    samples = tuple(
        ({"owner": name}, found.get(name, 0.0)) for name in sorted({*OWNERS.values(), "other"})
    )
    return Metric("mazok_faults", "Faults reported in the last day, by owner.", samples)
