"""Limits that administrators change at run time, and the pause."""

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.model import QueueLimits
from store.tables import rules

Adjustable = Literal["daily_credits", "group_credits"]
PAUSE = "pause"


@dataclass(frozen=True)
class RuntimeLimits:
    """The limits that hold now; `pause` is the reason of a pause (may be empty), or None."""

    limits: QueueLimits
    pause: str | None = None


_ALL = select(rules)


async def current_limits(connection: AsyncConnection, limits: QueueLimits) -> RuntimeLimits:
    """Return the limits of the settings with the administrators' changes."""
    changes = {name: value for name, value in (await connection.execute(_ALL)).all()}
    pause = changes.pop(PAUSE, None)
    return RuntimeLimits(
        replace(limits, **{name: int(value) for name, value in changes.items()}), pause
    )


async def change_limit(
    connection: AsyncConnection, name: Adjustable | Literal["pause"], value: object | None
) -> None:
    """Change a limit from the next transaction on; None restores the setting."""
    await connection.execute(delete(rules).where(rules.c.name == name))
    if value is not None:
        await connection.execute(insert(rules).values(name=name, value=str(value)))
