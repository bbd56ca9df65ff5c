"""Who may use a bot that is not for everybody, and the invitations that let somebody in."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import AdminCommand, mark_processed, record
from store.database.database import Database, insert_once, now_ms
from store.durations import DAY_MS
from store.tables import invitations, users

INVITATION_DAYS = 7  # for which an unused invitation is good


@dataclass(frozen=True)
class AccessRule:
    """Whether only people and groups on the list are served, and what others hear."""

    only_list: bool = False
    silent: bool = False  # strangers get no answer at all


async def accept_invitation(
    db: Database, token: str, user_id: int, update_id: int
) -> Literal["accepted", "known", "invalid"]:
    """Put the user on the list if nobody has used the invitation; a known user does not use it."""
    async with db.write() as connection:
        if await is_allowed(connection, user_id):
            return "known"
        claim = (
            update(invitations)
            .where(invitations.c.token == token, invitations.c.used_by.is_(None))
            .where(invitations.c.created_ms > now_ms() - INVITATION_DAYS * DAY_MS)
            .values(used_by=user_id)
            .returning(invitations.c.admin_id)
        )
        admin_id = (await connection.execute(claim)).scalar()
        if admin_id is None:
            return "invalid"
        await mark_processed(connection, update_id)
        await mark_allowed(connection, user_id, True)
        command = AdminCommand(admin_id, update_id)
        await record(connection, command, "allow", user_id, invitation=True)
        return "accepted"


async def is_allowed(connection: AsyncConnection, account_id: int) -> bool:
    """Return whether a user or a group is on the list."""
    query = select(users.c.allowed).where(users.c.id == account_id)
    return bool((await connection.execute(query)).scalar())


async def mark_allowed(connection: AsyncConnection, account_id: int, allowed: bool) -> None:
    """Put a user or a group on the list, or take it off."""
    await insert_once(connection, users, id=account_id, created_ms=now_ms())
    this = update(users).where(users.c.id == account_id)
    await connection.execute(this.values(allowed=allowed))
