"""Previews give way to results, whichever bots show the one and deliver the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import bindparam, exists, select, update

from store.database.database import Database, now_ms
from store.database.leased_queue import is_unsent
from store.messages.rate_limits import DEFAULT_LIMITS, ChatRateLimits, acquire_here
from store.model import UNFINISHED, Job
from store.tables import chats, jobs, outbox

EDIT_S = 20.0  # how long one edit may take at most
_LEASE_MS = 22_000

_JOB = select(jobs).where(jobs.c.id == bindparam("job_id"), jobs.c.state.in_(UNFINISHED))
_RESULT_IS_DUE = select(
    exists().where(
        outbox.c.chat_id == bindparam("chat_id"),
        is_unsent(outbox.c.state),
        outbox.c.kind != "tidy",
    )
)
_PREVIEW_UNTIL = (
    update(chats)
    .where(chats.c.chat_id == bindparam("chat"))
    .values(preview_until_ms=now_ms() + _LEASE_MS)
    .returning(chats.c.preview_until_ms)
)


@asynccontextmanager
async def turn(
    db: Database, job_id: int, chat_id: int, limits: ChatRateLimits = DEFAULT_LIMITS
) -> AsyncIterator[Job | None]:
    """Yield the job, as it is now, if its progress may be shown; else None.

    Until the end of the block no other call counts as allowed in the chat, so a result that becomes
    due meanwhile comes after the preview. A result that is due already goes first: the row of the
    chat, which both lock, decides.
    """
    job, until_ms = None, 0
    async with db.write() as connection:
        if not await acquire_here(connection, chat_id, chat_id < 0, limits, can_wait=True):
            is_due = (await connection.execute(_RESULT_IS_DUE, {"chat_id": chat_id})).scalar_one()
            row = (await connection.execute(_JOB, {"job_id": job_id})).mappings().first()
            if row is not None and not is_due:
                job = Job.from_row(row)
                until_ms = (
                    await connection.execute(_PREVIEW_UNTIL, {"chat": chat_id})
                ).scalar_one()
    try:
        yield job
    finally:
        if job is not None:
            ours = (chats.c.chat_id == chat_id, chats.c.preview_until_ms == until_ms)
            async with db.write() as connection:
                await connection.execute(update(chats).where(*ours).values(preview_until_ms=0))
