"""Choose the messages that bring a finished picture to its chat.

The picture is a new message, so that the phone rings with it. Telegram takes twenty calls a minute
in a group, edits included. So a group gets as few as can be: while the answer to the request is
still looked at, the status message itself becomes the picture. Others go together, once there is
time for it.
"""

from collections.abc import Collection

from sqlalchemy import exists, select, update

from store.database.database import Database
from store.database.leased_queue import PENDING
from store.durations import MINUTE_MS
from store.messages.outbox import Delivery
from store.model import Job, OutboxKind
from store.tables import jobs, outbox

NOTICED_MS = MINUTE_MS  # for so long after the request its status message is looked at


def result_messages(chat_id: int, *, film: bool, waited_ms: int) -> tuple[OutboxKind, ...]:
    """Return the kinds of the messages that bring a picture, in the order of delivery.

    film: whether the animation is sent. waited_ms: between the request and the picture.
    """
    if film:
        return ("animation", "picture")
    is_noticed = chat_id < 0 and waited_ms <= NOTICED_MS
    return ("picture",) if is_noticed else ("picture", "tidy")


def is_sent_anew(job: Job) -> bool:
    """Return whether the picture comes as a new message, not in the status message."""
    if job.result is None or job.finished_ms is None or job.status_message_id is None:
        return True
    film = job.animation and bool(job.result.animation)
    waited_ms = job.finished_ms - job.created_ms
    return result_messages(job.chat_id, film=film, waited_ms=waited_ms) != ("picture",)


MAX_TOGETHER = 99  # beside one: Telegram deletes a hundred messages at once


async def left_over(db: Database, delivery: Delivery) -> dict[int, int]:
    """Return the other status messages of the chat that are to go, by the rows that say so."""
    picture = outbox.alias("picture")
    arrived = exists().where(
        picture.c.job_id == outbox.c.job_id,
        picture.c.kind == "picture",
        picture.c.state == "sent",
        picture.c.message_id != jobs.c.status_message_id,
    )
    query = (
        select(outbox.c.id, jobs.c.status_message_id)
        .join(jobs, jobs.c.id == outbox.c.job_id)
        .where(
            outbox.c.chat_id == delivery.chat_id,
            outbox.c.state == PENDING,
            outbox.c.kind == "tidy",
            outbox.c.id != delivery.id,
            arrived,
        )
        .order_by(outbox.c.id)
        .limit(MAX_TOGETHER)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
    return {row.id: row.status_message_id for row in rows}


async def mark_gone(db: Database, rows: Collection[int]) -> None:
    """Record that these status messages are deleted."""
    gone = update(outbox).where(outbox.c.id.in_(rows), outbox.c.state == PENDING)
    async with db.write() as connection:
        await connection.execute(gone.values(state="sent"))
