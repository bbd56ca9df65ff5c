"""Let people and groups in, by name or by an invitation, and take them off the list.

Every function returns None if Telegram has delivered the command's update before.
"""

import secrets
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from store.audit import AdminCommand, once, record
from store.database.database import Database, now_ms
from store.tables import invitations, users
from store.users.access import is_allowed, mark_allowed
from store.users.users import Profile

TOKEN_BYTES = 12


@dataclass(frozen=True)
class AllowedAccounts:
    """How many accounts are on the list, and the first of them."""

    count: int
    first: tuple[Profile, ...]


async def set_allowed(
    db: Database, command: AdminCommand, account_id: int, allowed: bool
) -> bool | None:
    """Put a user or a group on the list, or take it off; False if nothing had to change."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        if await is_allowed(connection, account_id) is allowed:
            return False
        await mark_allowed(connection, account_id, allowed)
        await record(connection, command, "allow" if allowed else "disallow", account_id)
        return True


async def invite(db: Database, command: AdminCommand) -> str | None:
    """Make an invitation and return its token of at most 32 characters of a deep link."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    async with once(db, command) as connection:
        if connection is None:
            return None
        row = {"token": token, "admin_id": command.admin_id}
        await connection.execute(insert(invitations).values(**row, created_ms=now_ms()))
        await record(connection, command, "invite")
        return token


async def revoke_invitations(db: Database, command: AdminCommand) -> int | None:
    """Delete all invitations that nobody has used; return how many."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        unused = delete(invitations).where(invitations.c.used_by.is_(None))
        revoked = (await connection.execute(unused)).rowcount
        await record(connection, command, "disallow", invitations=revoked)
        return revoked


async def allowed_accounts(db: Database, limit: int) -> AllowedAccounts:
    """Return who is on the list, the newest first."""
    columns = select(users.c.id, users.c.name, users.c.username).where(users.c.allowed)
    newest = columns.order_by(users.c.created_ms.desc(), users.c.id).limit(limit)
    async with db.read() as connection:
        total = select(func.count()).select_from(users).where(users.c.allowed)
        count = int((await connection.execute(total)).scalar_one())
        rows = (await connection.execute(newest)).all()
    profiles = tuple(Profile(row.id, row.name or "", row.username) for row in rows)
    return AllowedAccounts(count, profiles)
