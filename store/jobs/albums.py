"""Albums: their messages arrive one by one, in any order, and only one of them has the text.

Each message is stored as it arrives. Once none has arrived for a while the album is complete: the
job that its text made gets all of its images.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import UPDATES_KEPT_MS
from store.database.database import Database, insert_once, now_ms
from store.errors import RequestError
from store.jobs import inputs
from store.jobs.inputs import Input, InputUse, new_key, request_with_inputs
from store.model import Job, Notice
from store.tables import album_parts, jobs

BATCH = 20  # albums completed in one call


@dataclass(frozen=True)
class AlbumMessage:
    """One message of an album; `file_id` is None if it has no image."""

    chat_id: int
    album: str
    message_id: int
    user_id: int
    language: str
    file_id: str | None


@dataclass(frozen=True)
class AlbumWithoutText:
    """A complete album in a private chat without a text; `images`: whether it has any."""

    chat_id: int
    message_id: int
    language: str
    images: bool


async def add_message(db: Database, message: AlbumMessage, *, answered: bool = False) -> None:
    """Store a message without text.

    answered: the album has been answered already, so the messages that follow are ignored.
    """
    async with db.write() as connection:
        await _store(connection, message)
        if answered:
            in_album = _in_album(message.chat_id, message.album)
            await connection.execute(update(album_parts).where(in_album).values(settled=True))


async def attach_to_job(
    connection: AsyncConnection, messages: Collection[AlbumMessage], job_id: int, use: InputUse
) -> None:
    """Store the messages that made a job: the one with the text, and the one it replies to.

    An album that was taken to have no text is opened again by a text that arrives late.
    """
    for message in messages:
        await _store(connection, message)
        album = _in_album(message.chat_id, message.album)
        await connection.execute(update(album_parts).where(album).values(settled=False))
        this_message = and_(album, album_parts.c.message_id == message.message_id)
        values = {"job_id": job_id, "manner": use}
        await connection.execute(update(album_parts).where(this_message).values(values))


async def complete_albums(db: Database, quiet_s: float) -> list[AlbumWithoutText]:
    """Give jobs the images of complete albums; return the albums that have no text.

    quiet_s: for how long no message of an album must have arrived.
    """
    key = (album_parts.c.chat_id, album_parts.c.album)
    complete = (
        select(*key)
        .where(~album_parts.c.settled)
        .group_by(*key)
        .having(func.max(album_parts.c.seen_ms) <= now_ms() - int(quiet_s * 1000))
        .limit(BATCH)
    )
    async with db.read() as connection:
        albums = (await connection.execute(complete)).all()
    without_text = []
    for chat_id, album in albums:
        async with db.write() as connection:
            unanswered = await _complete(connection, chat_id, album)
            if unanswered is not None:
                without_text.append(unanswered)
    if albums:
        old = and_(album_parts.c.settled, album_parts.c.seen_ms < now_ms() - UPDATES_KEPT_MS)
        async with db.write() as connection:
            await connection.execute(delete(album_parts).where(old))
    return without_text


async def _store(connection: AsyncConnection, message: AlbumMessage) -> None:
    """Store a message once; one that arrives after the album is complete is ignored."""
    late = select(album_parts.c.message_id).where(
        _in_album(message.chat_id, message.album), album_parts.c.settled
    )
    settled = (await connection.execute(late)).first() is not None
    row = asdict(message) | {"seen_ms": now_ms(), "settled": settled}
    await insert_once(connection, album_parts, **row)


async def _complete(
    connection: AsyncConnection, chat_id: int, album: str
) -> AlbumWithoutText | None:
    """Complete one album; return it if it should be answered because it has no text."""
    in_album = _in_album(chat_id, album)
    query = select(album_parts).where(in_album).order_by(album_parts.c.message_id).with_for_update()
    messages = (await connection.execute(query)).all()
    await connection.execute(update(album_parts).where(in_album).values(settled=True))
    # Another process was faster, or the album has been answered.
    if not messages or any(message.settled for message in messages):
        return None
    with_text = next((message for message in messages if message.job_id is not None), None)
    if with_text is not None:
        await _give_images(connection, with_text.job_id, with_text.manner, messages)
        await connection.execute(update(album_parts).where(in_album).values(file_id=None))
        return None
    if chat_id < 0:  # group members' images that are not addressed to the bot
        await connection.execute(delete(album_parts).where(in_album))
        return None
    images = any(message.file_id for message in messages)
    return AlbumWithoutText(chat_id, messages[0].message_id, messages[0].language, images)


async def _give_images(
    connection: AsyncConnection, job_id: int, use: InputUse, messages: Sequence[Row[Any]]
) -> None:
    """Put the images into the request and add their downloads, unless the job was cancelled."""
    waiting = and_(jobs.c.id == job_id, jobs.c.awaiting, jobs.c.state == "queued")
    job = select(jobs).where(waiting).with_for_update()  # it is cancelled before that, or after
    row = (await connection.execute(job)).mappings().first()
    if row is None:
        return
    if not all(message.file_id for message in messages):
        await inputs.refuse_job(connection, job_id, Notice("input-not-only"))
        return
    images = [Input(message.file_id, new_key()) for message in messages]
    try:
        request_without_images = Job.from_row(row).request
        request = request_with_inputs(request_without_images, use, [image.key for image in images])
    except RequestError as error:
        await inputs.refuse_job(connection, job_id, Notice(error.key, error.values))
        return
    await connection.execute(update(jobs).where(waiting).values(request=request.to_json()))
    await inputs.add_pending(connection, job_id, images)


def _in_album(chat_id: int, album: str) -> ColumnElement[bool]:
    """Return the condition for the messages of an album."""
    return and_(album_parts.c.chat_id == chat_id, album_parts.c.album == album)
