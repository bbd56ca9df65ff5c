"""What administrators did, written in the same transaction as its effect, once for each update."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database, now_ms
from store.tables import audit
from store.updates import first_time


@dataclass(frozen=True)
class Order:
    """An administrator's command; Telegram may bring the same update twice."""

    admin_id: int
    update_id: int


@dataclass(frozen=True)
class Deed:
    """A row of the audit."""

    admin_id: int
    action: str
    target_id: int | None
    details: dict[str, Any]
    at_ms: int


async def given_before(connection: AsyncConnection, order: Order) -> bool:
    """Whether this order has been carried out already; the first question of each of them."""
    return not await first_time(connection, order.update_id)


async def record(
    connection: AsyncConnection,
    order: Order,
    action: str,
    target_id: int | None = None,
    **details: Any,
) -> None:
    """One line of the audit, in the transaction of the deed itself."""
    row = {"admin_id": order.admin_id, "action": action, "target_id": target_id}
    text = json.dumps(details, ensure_ascii=False)
    await connection.execute(insert(audit).values(**row, details=text, at_ms=now_ms()))


async def history(db: Database, target_id: int, limit: int = 5) -> list[Deed]:
    """The newest deeds about a person or a group."""
    query = (
        select(audit).where(audit.c.target_id == target_id).order_by(audit.c.id.desc()).limit(limit)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
    return [
        Deed(row.admin_id, row.action, row.target_id, json.loads(row.details), row.at_ms)
        for row in rows
    ]
