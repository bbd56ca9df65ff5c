"""React to chats that close or get a new id."""

from sqlalchemy import (
    and_,
    delete,
    or_,
    select,
    update,
)

from store.database.database import Database
from store.database.leased_queue import UNSENT
from store.jobs.cancel import request_cancel
from store.jobs.close import close
from store.messages.announcements import move_announcements
from store.messages.rate_limits import close_chat
from store.model import UNFINISHED
from store.tables import chats, jobs, outbox
from store.users import preferences
from store.users.credits import move_account


async def chat_gone(db: Database, chat_id: int) -> None:
    """Give up the messages and jobs of a chat that has blocked or removed the bot."""
    values = {"state": "undeliverable", "last_error": "chat gone", "lease_until_ms": None}
    async with db.write() as connection:
        undelivered = and_(outbox.c.chat_id == chat_id, outbox.c.state.in_(UNSENT))
        await connection.execute(update(outbox).where(undelivered).values(values))
        await close_chat(connection, chat_id)
        queued = select(jobs.c.id).where(jobs.c.chat_id == chat_id, jobs.c.state == "queued")
        for job_id in (await connection.execute(queued.with_for_update())).scalars().all():
            await close(connection, jobs.c.id == job_id, "cancelled", tell=None)
        await request_cancel(connection, jobs.c.chat_id == chat_id)


async def chat_moved(db: Database, old: int, new: int) -> None:
    """Move everything of a group that became a supergroup to its new chat id.

    Its old messages cannot be reached from there, so unfinished jobs get a new status message.
    """
    unfinished = select(jobs.c.id).where(jobs.c.chat_id == old, jobs.c.state.in_(UNFINISHED))
    status = and_(outbox.c.kind == "ack", outbox.c.state == "sent", outbox.c.job_id.in_(unfinished))
    pending = {"state": "pending", "token": None, "lease_until_ms": None}
    moved = {"chat_id": new, "chat_type": "supergroup", "message_id": 0, "status_message_id": None}
    async with db.write() as connection:
        in_old_chat = outbox.c.chat_id == old
        send_again = update(outbox).where(in_old_chat, or_(outbox.c.state == "sending", status))
        await connection.execute(send_again.values(pending))
        await connection.execute(
            update(outbox).where(in_old_chat).values(chat_id=new, message_id=None)
        )
        await connection.execute(update(jobs).where(jobs.c.chat_id == old).values(moved))
        await move_account(connection, old, new)
        await move_announcements(connection, old, new)
        await preferences.move_preferences(connection, old, new)
        existing = select(chats.c.chat_id).where(chats.c.chat_id == new)
        if (await connection.execute(existing)).first() is None:
            row = update(chats).where(chats.c.chat_id == old)
            # A preview that is under way in the old chat holds up nothing in the new one.
            await connection.execute(row.values(chat_id=new, preview_until_ms=0))
        await connection.execute(delete(chats).where(chats.c.chat_id == old))
