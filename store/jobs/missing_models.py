"""Alert the administrators about jobs that no alive engine can paint."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.database.leased_queue import constant
from store.durations import DAY_MS, MINUTE_MS
from store.jobs.engines import ALIVE, EngineState, alive_engines
from store.jobs.requirements import missing_models, unservable
from store.messages.alerts import QUIET_S, record_alert
from store.model import Notice
from store.tables import alerts, engines, jobs, needs

IDLE_MS = MINUTE_MS  # how long a ready job may wait before that is an alert
NO_ENGINE_QUIET_MS = 6 * int(QUIET_S * 1000)  # between two alerts that no engine is alive


@dataclass(frozen=True)
class _MissingModels:
    """Models that jobs wait for, the ids of the jobs and the time of the newest request."""

    models: Sequence[str]
    job_ids: Sequence[int]
    newest_ms: int

    @property
    def kind(self) -> str:
        """Return the alert's kind, the same for the same models."""
        return f"no-model:{sha256(self._names.encode()).hexdigest()[:32]}"

    @property
    def notice(self) -> Notice:
        """Return the alert's text."""
        values = {"waiting": len(self.job_ids), "job": min(self.job_ids)}
        models = {"missing": len(self.models), "models": self._names}
        return Notice("alert-no-model", values | models)

    @property
    def _names(self) -> str:
        return ", ".join(self.models)


async def report_missing_engines(db: Database) -> None:
    """Record an alert if jobs wait and no engine is alive, unless there is a recent one."""
    # The state stands in the statement: planned for any state, PostgreSQL reads the whole table.
    queued = jobs.c.state == constant("queued")
    waits = exists().where(
        queued,
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
        waiting = select(func.count()).where(queued)
        count = int((await connection.execute(waiting)).scalar_one())
        await record_alert(connection, "no-engine", Notice("alert-no-engine", {"waiting": count}))


async def report_missing_models(db: Database) -> None:
    """Record an alert for each set of models that jobs need and no alive engine has.

    The same set is reported again if another job waits for it a day later.
    """
    alive = await alive_engines(db)
    if not alive:  # `report_missing_engines` alerts to that
        return
    async with db.read() as connection:
        missing = [
            entry for entry in await _missing(connection, alive) if await _is_new(connection, entry)
        ]
    for entry in missing:
        async with db.write() as connection:
            if await _is_new(connection, entry):  # another process may have been faster
                await record_alert(connection, entry.kind, entry.notice)


async def _missing(
    connection: AsyncConnection, alive: Sequence[EngineState]
) -> list[_MissingModels]:
    ready = (jobs.c.state == "queued", ~jobs.c.awaiting, jobs.c.not_before_ms <= now_ms())
    query = (
        select(jobs.c.id, jobs.c.created_ms, needs.c.model)
        .join(needs, needs.c.job_id == jobs.c.id)
        .where(*ready, jobs.c.updated_ms < now_ms() - IDLE_MS, unservable(alive))
        .order_by(jobs.c.id, needs.c.id)
    )
    models_of_jobs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for row in await connection.execute(query):
        models_of_jobs[row.id, row.created_ms].append(row.model)
    waiting: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for job, models_of_job in models_of_jobs.items():
        waiting[tuple(sorted(missing_models(models_of_job, alive)))].append(job)
    return [
        _MissingModels(
            models, [job_id for job_id, _ in group], max(created_ms for _, created_ms in group)
        )
        for models, group in waiting.items()
    ]


async def _is_new(connection: AsyncConnection, missing: _MissingModels) -> bool:
    last_alert = select(func.max(alerts.c.created_ms), now_ms())
    query = last_alert.where(alerts.c.kind == missing.kind)
    last_ms, now = (await connection.execute(query)).one()
    return last_ms is None or last_ms < min(missing.newest_ms, now - DAY_MS)
