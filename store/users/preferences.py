"""Preferences of users, and of groups for their members.

Precedence: the user's own, then the group's, then the default (the engine's; for the language,
Telegram's). Only safety is decided by the chat alone.
"""

from dataclasses import asdict, dataclass, fields, replace
from typing import Self

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.reader.drafters import CHOICE
from store.request import presets
from store.request.request import DrawRequest
from store.tables import users

PreferenceValue = str | bool | None
GRID = 32  # pixels; every model can paint its multiples


@dataclass(frozen=True)
class Preferences:
    """The preferences of a user or a group; None means that no choice was made."""

    language: str | None = None
    shape: str | None = None
    quality: str | None = None
    model: str | None = None  # a VQGAN, or a drafter
    at_once: str | None = None  # how many pictures
    animation: bool | None = None  # whether it is sent with the picture
    safety: str | None = None  # a mode of `store.moderation.safety_modes`
    size: str | None = None  # the side in pixels; a picture that is no square has the same area
    steps: str | None = None
    seed: str | None = None
    every: str | None = None  # steps between the frames of the animation
    style: str | None = None  # the id of a style
    guide: str | None = None  # for all phrases, whatever their script

    def merged_over(self, other: Self) -> Self:
        """Return these preferences, completed with the other's."""
        chosen = {
            name: value for name in PREFERENCE_NAMES if (value := getattr(self, name)) is not None
        }
        return replace(other, **chosen)


def with_finer(request: DrawRequest, chosen: Preferences) -> DrawRequest:
    """Return the request with its open size, steps, seed and interval from the preferences.

    What is drawn by a drafter keeps the size and the steps that this is made for.
    """
    size, shape, steps = request.size, request.shape, request.steps
    drafted = request.draft is not None or (chosen.model or "").startswith(CHOICE)
    if not drafted:
        if chosen.size is not None and size is None:
            ratio = presets.shape(shape or chosen.shape or "square")
            sides = ratio.size_of((int(chosen.size),) * 2)
            size, shape = (_on_grid(sides[0]), _on_grid(sides[1])), None
        if chosen.steps is not None and steps is None and request.quality is None:
            steps = min(int(chosen.steps), request.max_steps)
    seed, every = request.seed, request.every
    if chosen.seed is not None and seed is None:
        seed = int(chosen.seed)
    if chosen.every is not None and every is None and not request.moves:
        every = int(chosen.every)
    return replace(request, size=size, shape=shape, steps=steps, seed=seed, every=every)


def _on_grid(side: float) -> int:
    return max(round(side / GRID), 1) * GRID


PREFERENCE_NAMES = tuple(field.name for field in fields(Preferences))
_CHOSEN = select(users.c.id, *(users.c[name] for name in PREFERENCE_NAMES)).where(
    users.c.id.in_((bindparam("user_id"), bindparam("chat_id")))
)


async def get(db: Database, owner_id: int) -> Preferences:
    """Return the preferences of a user or a group, by its Telegram id."""
    async with db.read() as connection:
        return (await _read(connection, owner_id, owner_id))[0]


async def effective(connection: AsyncConnection, user_id: int, chat_id: int) -> Preferences:
    """Return the preferences that hold for a user in a chat."""
    own, group = await _read(connection, user_id, chat_id)
    if chat_id == user_id:
        return own
    # The whole group sees the picture, so the user's own safety mode does not count there.
    return replace(own.merged_over(group), safety=group.safety)


async def set_preference(db: Database, owner_id: int, name: str, value: PreferenceValue) -> None:
    """Set a preference; None removes it."""
    if name not in PREFERENCE_NAMES:
        raise ValueError(f"no preference is called {name!r}")
    async with db.write() as connection:
        await _ensure_row(connection, owner_id)
        own_row = update(users).where(users.c.id == owner_id)
        await connection.execute(own_row.values({name: value}))


async def move_preferences(connection: AsyncConnection, old: int, new: int) -> None:
    """Move the preferences of a group whose chat id has changed."""
    chosen = (await _read(connection, old, old))[0]
    if chosen != Preferences():
        await _ensure_row(connection, new)
        await connection.execute(update(users).where(users.c.id == new).values(asdict(chosen)))


async def _read(
    connection: AsyncConnection, user_id: int, chat_id: int
) -> tuple[Preferences, Preferences]:
    rows = (await connection.execute(_CHOSEN, {"user_id": user_id, "chat_id": chat_id})).all()
    chosen = {row.id: Preferences(*row[1:]) for row in rows}
    return chosen.get(user_id, Preferences()), chosen.get(chat_id, Preferences())


async def _ensure_row(connection: AsyncConnection, owner_id: int) -> None:
    existing = select(users.c.id).where(users.c.id == owner_id)
    if (await connection.execute(existing)).first() is None:
        await insert_once(connection, users, id=owner_id, created_ms=now_ms())
