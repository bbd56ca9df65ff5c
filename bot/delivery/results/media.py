"""Build what ends a job in the chat: the animation, the picture, or a text instead."""

import asyncio
import logging

from aiogram.types import (
    BufferedInputFile,
    InputMediaAnimation,
    InputMediaDocument,
    InputMediaPhoto,
)

from bot.delivery.messages import Media
from bot.views import captions, formatting
from store.files.files import Files
from store.model import Job
from store.texts import Texts

log = logging.getLogger(__name__)


async def read_file(files: Files, key: str) -> bytes | None:
    """Return the bytes of a file, or None if it is no longer kept."""
    try:
        return await asyncio.to_thread(files.read, key)
    except FileNotFoundError:
        return None


async def animation_media(files: Files, texts: Texts, job: Job) -> list[Media]:
    """Return the alternatives for the animation: a silent video, then a plain file.

    Empty if the file is lost.
    """
    key = job.result.animation if job.result else ""
    data = await read_file(files, key) if key else None
    if data is None:
        log.error("job %d: its animation is not in the store", job.id)
        return []
    prompt = formatting.truncate_prompt(job.prompt)
    caption = texts(job.language, "result-caption-animation", prompt=prompt)
    file = BufferedInputFile(data, f"mazok-{job.id}.{key.rpartition('.')[2]}")
    return [
        InputMediaAnimation(media=file, caption=caption, has_spoiler=job.has_spoiler),
        InputMediaDocument(media=file, caption=caption, disable_content_type_detection=True),
    ]


class PictureLost(Exception):
    """Raised when the file of a picture is not in the store, and should be."""


async def picture_media(files: Files, texts: Texts, job: Job) -> list[Media]:
    """Return the alternatives for the picture: a photo, then a plain file.

    Empty if its user or its age has removed it. Raises PictureLost.
    """
    data = await read_file(files, job.result.picture) if job.result else None
    if data is None or job.result is None:
        if not job.erased and not job.expired:
            raise PictureLost
        return []
    return _photo(job, data, captions.finished_caption(texts, job, job.result))


def picture_key(job: Job) -> str | None:
    """Return the file key of the picture, or of the newest frame of a cancelled job."""
    if job.result is not None:
        return job.result.picture
    return job.preview if job.state == "cancelled" and not job.erased else None


async def partial_media(files: Files, texts: Texts, job: Job) -> list[Media]:
    """Return the alternatives for the last frame of a cancelled job; empty if it has none."""
    key = picture_key(job)
    data = await read_file(files, key) if key and job.result is None else None
    return [] if data is None else _photo(job, data, failure_text(texts, job))


def _photo(job: Job, data: bytes, caption: str) -> list[Media]:
    file = BufferedInputFile(data, f"mazok-{job.id}.png")
    return [
        InputMediaPhoto(media=file, caption=caption, has_spoiler=job.has_spoiler),
        InputMediaDocument(media=file, caption=caption, disable_content_type_detection=True),
    ]


def placeholder_text(texts: Texts, job: Job) -> str:
    """Return the text of the new message that the picture replaces."""
    return texts(job.language, "result-slot", prompt=formatting.truncate_prompt(job.prompt))


def offered_text(texts: Texts, job: Job) -> str:
    """Return the text beside a button that shows the picture."""
    return texts(job.language, "result-offered", prompt=formatting.truncate_prompt(job.prompt))


def lost_text(texts: Texts, job: Job) -> str:
    """Return the text for a finished job whose files are missing."""
    if job.erased:
        return texts(job.language, "erased")
    return texts(job.language, "result-lost", prompt=formatting.truncate_prompt(job.prompt))


def refused_text(texts: Texts, job: Job) -> str:
    """Return the text for a file that Telegram refuses in every form."""
    return texts(job.language, "result-refused", prompt=formatting.truncate_prompt(job.prompt))


def failure_text(texts: Texts, job: Job) -> str:
    """Return one sentence for a job that ended without a picture."""
    language, prompt = job.language, formatting.truncate_prompt(job.prompt)
    if job.erased:
        return texts(language, "erased")
    if job.state == "cancelled":
        key = "cancelled-midway" if job.step > 0 else "cancelled"
        return texts(language, key, prompt=prompt, step=job.step, steps=job.steps)
    if job.unsafe:
        return texts(language, "picture-refused", prompt=prompt)
    if job.error and job.error.key.startswith("undelivered"):
        return texts(language, job.error.key, prompt=prompt, **job.error.values)
    reason = captions.notice_texts(texts, language, job.error) if job.error else ""
    if not reason:
        return texts(language, "sorry", prompt=prompt)
    return texts(language, "sorry-reason", prompt=prompt, reason=reason)
