"""Alerts to administrators: sent at once, but repeated alerts of a kind are gathered."""

import json
from collections.abc import Iterable

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.messages.announcements import ANNOUNCEMENTS_KEPT_MS
from store.model import Notice
from store.tables import alerts, letters

QUIET_S = 600.0  # between two alerts of a kind, while more of them are gathered


async def engine_failure(connection: AsyncConnection, job_id: int, error: Notice) -> None:
    """Record that a job has failed for good; failures are gathered by their reason."""
    notice = Notice("alert-failed", {"job": job_id, "reason": error.to_json()})
    await record_alert(connection, f"failed:{error.key}"[:64], notice)


async def record_alert(connection: AsyncConnection, kind: str, notice: Notice) -> None:
    """Record an alert, joining it to an unsent one of its kind."""
    unsent = (alerts.c.kind == kind, alerts.c.told_ms.is_(None))
    values = {"notice": notice.to_json(), "count": alerts.c.count + 1}
    joined = await connection.execute(update(alerts).where(*unsent).values(values))
    if joined.rowcount == 0:
        row = {"kind": kind, "notice": notice.to_json(), "created_ms": now_ms()}
        await connection.execute(insert(alerts).values(row))


async def record_unless_recent(db: Database, kind: str, notice: Notice, quiet_s: float) -> None:
    """Record an alert about something that lasts, unless one of its kind is younger than that."""
    recent = alerts.c.kind == kind, alerts.c.created_ms > now_ms() - int(quiet_s * 1000)
    query = select(alerts.c.id).where(*recent).limit(1)
    async with db.read() as connection:
        if (await connection.execute(query)).first() is not None:
            return
    async with db.write() as connection:
        if (await connection.execute(query)).first() is None:
            await record_alert(connection, kind, notice)


async def alert_admins(db: Database, admins: Iterable[int], quiet_s: float = QUIET_S) -> int:
    """Turn the due alerts into announcements to the administrators; return how many."""
    earlier = alerts.alias("earlier")
    recently_sent = exists().where(
        earlier.c.kind == alerts.c.kind, earlier.c.told_ms > now_ms() - int(quiet_s * 1000)
    )
    due = select(alerts).where(alerts.c.told_ms.is_(None), ~recently_sent).order_by(alerts.c.id)
    async with db.read() as connection:
        if (await connection.execute(due.limit(1))).first() is None:
            return 0
    async with db.write() as connection:
        rows = (await connection.execute(due.with_for_update(skip_locked=True))).all()
        for row in rows:
            notice = Notice(**json.loads(row.notice))
            with_count = Notice(notice.key, {**notice.values, "count": row.count})
            for admin in admins:
                announcement = {"chat_id": admin, "notice": with_count.to_json()}
                times = {"due_ms": now_ms(), "created_ms": now_ms()}
                await connection.execute(insert(letters).values(announcement | times))
            await connection.execute(
                update(alerts).where(alerts.c.id == row.id).values(told_ms=now_ms())
            )
        old = alerts.c.told_ms < now_ms() - ANNOUNCEMENTS_KEPT_MS
        await connection.execute(delete(alerts).where(old))
        stale = letters.c.created_ms < now_ms() - ANNOUNCEMENTS_KEPT_MS
        await connection.execute(delete(letters).where(stale, letters.c.broadcast_id.is_(None)))
    return len(rows)
