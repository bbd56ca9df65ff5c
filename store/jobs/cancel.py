"""Cancel jobs at their users' request."""

from sqlalchemy import BigInteger, ColumnElement, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import mark_processed
from store.database.database import Database
from store.jobs.close import close
from store.model import UNFINISHED, CancelOutcome
from store.tables import jobs

# A job that is stopping already comes last, so that cancelling twice ends two jobs.
_NEWEST = (
    select(jobs.c.id, jobs.c.state)
    .where(
        jobs.c.user_id == bindparam("user_id"),
        jobs.c.state.in_(UNFINISHED),
        jobs.c.chat_id == func.coalesce(bindparam("chat_id", type_=BigInteger), jobs.c.chat_id),
        jobs.c.id == func.coalesce(bindparam("job_id", type_=BigInteger), jobs.c.id),
    )
    .order_by(jobs.c.cancel, jobs.c.id.desc())
    .limit(1)
    .with_for_update()
)


async def cancel(
    db: Database,
    *,
    user_id: int,
    chat_id: int | None = None,
    job_id: int | None = None,
    update_id: int | None = None,
) -> CancelOutcome:
    """Cancel the user's newest unfinished job, or the given one; never another user's.

    A queued job is closed at once; the engine of a running one is asked to stop.
    """
    parameters = {"user_id": user_id, "chat_id": chat_id, "job_id": job_id}
    async with db.write() as connection:
        if update_id is not None and not await mark_processed(connection, update_id):
            return CancelOutcome("repeated")
        job = (await connection.execute(_NEWEST, parameters)).first()
        if job is None:
            return CancelOutcome("none")
        if job.state == "queued":
            await close(connection, jobs.c.id == job.id, "cancelled", tell="cancelled")
            return CancelOutcome("cancelled", job.id)
        await request_cancel(connection, jobs.c.id == job.id)
        return CancelOutcome("stopping", job.id)


async def request_cancel(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """Set the cancel flag of running jobs, which their engines read with the next heartbeat."""
    await connection.execute(
        update(jobs).where(which, jobs.c.state == "running").values(cancel=True)
    )


async def keep(db: Database, job_id: int) -> bool:
    """Ask the engine of a running job to finish the picture as it is; False if none paints it."""
    return await _keep(db, jobs.c.id == job_id)


async def keep_newest(db: Database, user_id: int, chat_id: int) -> bool:
    """Ask the same for the newest job of a user that is being painted in a chat."""
    of_user = (jobs.c.user_id == user_id, jobs.c.chat_id == chat_id)
    newest = select(func.max(jobs.c.id)).where(*of_user, *_PAINTED)
    return await _keep(db, jobs.c.id == newest.scalar_subquery())


_PAINTED = (jobs.c.state == "running", jobs.c.step > 0, ~jobs.c.cancel)


async def _keep(db: Database, which: ColumnElement[bool]) -> bool:
    async with db.write() as connection:
        asked = await connection.execute(update(jobs).where(which, *_PAINTED).values(keep=True))
        return asked.rowcount == 1
