"""Alert the administrators about jobs that no alive engine can paint, or that wait for any."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.durations import DAY_MS, MINUTE_MS
from store.jobs.engines import ALIVE, EngineState, alive_engines
from store.jobs.requirements import missing_models, unservable
from store.messages.alerts import QUIET_S, record_alert
from store.model import Notice
from store.tables import alerts, engines, jobs, needs

IDLE_MS = MINUTE_MS  # how long a ready job may wait before that is an alert
NO_ENGINE_QUIET_MS = 6 * int(QUIET_S * 1000)  # between two alerts that no engine is alive


@dataclass(frozen=True)
class _MissingModel:
    """What some jobs wait for; their numbers, and when the newest of them was asked for."""

    models: Sequence[str]
    job_ids: Sequence[int]
    newest_ms: int

    @property
    def kind(self) -> str:
        return f"no-model:{sha256(self._names.encode()).hexdigest()[:32]}"

    @property
    def notice(self) -> Notice:
        values = {"waiting": len(self.job_ids), "job": min(self.job_ids)}
        models = {"missing": len(self.models), "models": self._names}
        return Notice("alert-no-model", values | models)

    @property
    def _names(self) -> str:
        return ", ".join(self.models)


async def report_missing_engines(db: Database) -> None:
    """Record an alert if jobs wait and no engine is alive, unless there is a recent one."""
    waits = exists().where(
        jobs.c.state == "queued",
        jobs.c.not_before_ms <= now_ms(),
        jobs.c.updated_ms < now_ms() - IDLE_MS,
    )
    any_alive = exists().select_from(engines).where(ALIVE)
    recent = exists().where(
        alerts.c.kind == "no-engine", alerts.c.created_ms > now_ms() - NO_ENGINE_QUIET_MS
    )
    async with db.read() as connection:
        if not (await connection.execute(select(waits & ~any_alive & ~recent))).scalar_one():
            return
    async with db.write() as connection:
        waiting = select(func.count()).where(jobs.c.state == "queued")
        count = int((await connection.execute(waiting)).scalar_one())
        await record_alert(connection, "no-engine", Notice("alert-no-engine", {"waiting": count}))


async def report_missing_models(db: Database) -> None:
    """Notes what is wanted in vain, unless that was noted before.

    The same models are news again where another job waits for them a day later.
    """
    living = await alive_engines(db)
    if not living:  # of that there is an alert of its own
        return
    async with db.read() as connection:
        news = [
            one for one in await _missing(connection, living) if await _is_news(connection, one)
        ]
    for want in news:
        async with db.write() as connection:
            if await _is_news(connection, want):  # another process may have been faster
                await record_alert(connection, want.kind, want.notice)


async def _missing(
    connection: AsyncConnection, living: Sequence[EngineState]
) -> list[_MissingModel]:
    ready = (jobs.c.state == "queued", ~jobs.c.awaiting, jobs.c.not_before_ms <= now_ms())
    query = (
        select(jobs.c.id, jobs.c.created_ms, needs.c.model)
        .join(needs, needs.c.job_id == jobs.c.id)
        .where(*ready, jobs.c.updated_ms < now_ms() - IDLE_MS, unservable(living))
        .order_by(jobs.c.id, needs.c.id)
    )
    named: dict[tuple[int, int], list[str]] = defaultdict(list)
    for row in await connection.execute(query):
        named[row.id, row.created_ms].append(row.model)
    waiting: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for job, names in named.items():
        waiting[tuple(sorted(missing_models(names, living)))].append(job)
    return [
        _MissingModel(models, [number for number, _ in some], max(asked_ms for _, asked_ms in some))
        for models, some in waiting.items()
    ]


async def _is_news(connection: AsyncConnection, want: _MissingModel) -> bool:
    noted = select(func.max(alerts.c.created_ms), now_ms()).where(alerts.c.kind == want.kind)
    last_ms, now = (await connection.execute(noted)).one()
    return last_ms is None or last_ms < min(want.newest_ms, now - DAY_MS)
