"""Administrators' commands: audit entries, and the ids of updates that have been processed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.durations import DAY_MS
from store.tables import audit, updates


@dataclass(frozen=True)
class AdminCommand:
    """An administrator's command, with the id by which Telegram may redeliver it."""

    admin_id: int
    update_id: int


@dataclass(frozen=True)
class AuditEntry:
    """A row of the `audit` table."""

    admin_id: int
    action: str
    target_id: int | None
    details: dict[str, Any]
    at_ms: int


async def already_processed(connection: AsyncConnection, command: AdminCommand) -> bool:
    """Mark the command as processed and return whether it already was.

    Call it first in the transaction that has the command's effect.
    """
    return not await mark_processed(connection, command.update_id)


@asynccontextmanager
async def once(db: Database, command: AdminCommand) -> AsyncIterator[AsyncConnection | None]:
    """Open the transaction of a command; yield None if it has been carried out before."""
    async with db.write() as connection:
        yield None if await already_processed(connection, command) else connection


async def record(
    connection: AsyncConnection,
    command: AdminCommand,
    action: str,
    target_id: int | None = None,
    **details: Any,
) -> None:
    """Add an audit entry in the transaction that has the command's effect."""
    row = {"admin_id": command.admin_id, "action": action, "target_id": target_id}
    text = json.dumps(details, ensure_ascii=False)
    await connection.execute(insert(audit).values(**row, details=text, at_ms=now_ms()))


async def history(db: Database, target_id: int, limit: int = 5) -> list[AuditEntry]:
    """Return the newest entries about a user or a group."""
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
    """Store the id of a Telegram update as processed; False if it had been stored before."""
    return await insert_once(connection, updates, update_id=update_id, at_ms=now_ms())


async def delete_old_updates(db: Database) -> None:
    """Delete the ids of updates that Telegram will not deliver again."""
    async with db.write() as connection:
        await connection.execute(
            delete(updates).where(updates.c.at_ms < now_ms() - UPDATES_KEPT_MS)
        )
