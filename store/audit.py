"""What administrators did, written in the same transaction as its effect, once for each update."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.durations import DAY_MS
from store.tables import audit, updates


@dataclass(frozen=True)
class AdminCommand:
    """An administrator's command; Telegram may bring the same update twice."""

    admin_id: int
    update_id: int


@dataclass(frozen=True)
class AuditEntry:
    """A row of the audit."""

    admin_id: int
    action: str
    target_id: int | None
    details: dict[str, Any]
    at_ms: int


async def already_processed(connection: AsyncConnection, order: AdminCommand) -> bool:
    """Whether this order has been carried out already; the first question of each of them."""
    return not await mark_processed(connection, order.update_id)


async def record(
    connection: AsyncConnection,
    order: AdminCommand,
    action: str,
    target_id: int | None = None,
    **details: Any,
) -> None:
    """One line of the audit, in the transaction of the deed itself."""
    row = {"admin_id": order.admin_id, "action": action, "target_id": target_id}
    text = json.dumps(details, ensure_ascii=False)
    await connection.execute(insert(audit).values(**row, details=text, at_ms=now_ms()))


async def history(db: Database, target_id: int, limit: int = 5) -> list[AuditEntry]:
    """The newest deeds about a person or a group."""
    query = (
        select(audit).where(audit.c.target_id == target_id).order_by(audit.c.id.desc()).limit(limit)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
    return [
        AuditEntry(row.admin_id, row.action, row.target_id, json.loads(row.details), row.at_ms)
        for row in rows
    ]


UPDATES_KEPT_MS = 2 * DAY_MS  # Telegram redelivers an update for one day


async def mark_processed(connection: AsyncConnection, update_id: int) -> bool:
    """Remembers an update of Telegram's; False if it has been dealt with before."""
    return await insert_once(connection, updates, update_id=update_id, at_ms=now_ms())


async def forget_old(db: Database) -> None:
    """Those that Telegram will not offer again."""
    async with db.write() as connection:
        await connection.execute(
            delete(updates).where(updates.c.at_ms < now_ms() - UPDATES_KEPT_MS)
        )
