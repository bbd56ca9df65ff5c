"""What administrators may change while the bot runs: limits, and a pause."""

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
    """What holds now; `pause` is the reason for one, which may be empty, or None."""

    limits: QueueLimits
    pause: str | None = None


_ALL = select(rules)


async def current_limits(connection: AsyncConnection, limits: QueueLimits) -> RuntimeLimits:
    """`limits` are the settings, which hold where no administrator has changed them."""
    found = {name: value for name, value in (await connection.execute(_ALL)).all()}
    pause = found.pop(PAUSE, None)
    return RuntimeLimits(
        replace(limits, **{name: int(value) for name, value in found.items()}), pause
    )


async def change_limit(
    connection: AsyncConnection, name: Adjustable | Literal["pause"], value: object | None
) -> None:
    """For all that comes after this transaction; None: as in the settings again."""
    await connection.execute(delete(rules).where(rules.c.name == name))
    if value is not None:
        await connection.execute(insert(rules).values(name=name, value=str(value)))
