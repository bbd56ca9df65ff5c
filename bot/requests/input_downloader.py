"""Brings the pictures that people sent into the store; their jobs wait for them.

Telegram's links live an hour, its file ids live on: each try asks for a link of its own. A link
holds the bot's token, and so does an error about one: such an error is never logged.
"""

import asyncio
import logging
from functools import partial
from io import BytesIO

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import SendMessage
from aiogram.types import ReplyParameters
from aiohttp import ClientError

from bot.context import BotContext
from bot.delivery.outcomes import OutcomeKind, classify
from store.files import images
from store.jobs import albums, inputs
from store.jobs.albums import AlbumWithoutText
from store.jobs.inputs import PendingDownload
from store.model import Notice
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

CONCURRENT_DOWNLOADS = 4  # downloads
POLL_S = 0.5
ALBUM_QUIET_S = 1.5  # so long after its last part an album is taken to be complete
LINK_TIMEOUT_S = 10
DOWNLOAD_TIMEOUT_S = 120
BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
MAX_TRIES = 20  # about two hours
MAX_REFUSALS = 6  # of the picture itself; a link or a file may be missing for a moment


class _FileTooBig(Exception):
    """More bytes come than a picture may have."""


class SizeLimitedBuffer(BytesIO):
    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > images.MAX_BYTES:
            raise _FileTooBig
        return super().write(data)


class InputDownloader:
    """One for a process; several share the work through the errands' leases."""

    def __init__(
        self, bot: Bot, context: BotContext, answered: asyncio.Event, lease_s: float = 30.0
    ) -> None:
        self._bot, self._desk, self._lease_s = bot, context, lease_s
        # Until Telegram has given out updates, parts of an album may lie there from before a crash.
        self._answered = answered
        self._flying: dict[int, asyncio.Task[None]] = {}  # by errand
        self._one_picture = asyncio.Lock()  # decoded, each may take hundreds of megabytes

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what is on its way then is due again."""
        async with asyncio.TaskGroup() as tasks:
            settling = tasks.create_task(self._settle_albums())
            while not stop.is_set():
                try:
                    await self.look()
                except Exception:
                    log.exception("pictures cannot be fetched")
                await wait_or_timeout(POLL_S, stop)
            settling.cancel()
        flying = list(self._flying.values())
        for task in flying:
            task.cancel()  # nothing is lost: it is due again
        await asyncio.gather(*flying, return_exceptions=True)

    async def look(self) -> None:
        """Sets out for what is due."""
        while len(self._flying) < CONCURRENT_DOWNLOADS:
            errand = await inputs.claim_due(self._desk.db, tuple(self._flying), self._lease_s)
            if errand is None:
                return
            task = asyncio.create_task(self.fetch(errand))
            self._flying[errand.id] = task
            task.add_done_callback(partial(self._landed, errand.id))

    async def fetch(self, errand: PendingDownload) -> None:
        """One picture; whatever happens, it ends as arrived, refused or due again."""
        db = self._desk.db
        try:
            data = await self._download(errand.file_id)
            async with self._one_picture:
                await asyncio.to_thread(images.check_image, data)
            await asyncio.to_thread(self._desk.files.write, errand.key, data)
            await inputs.mark_arrived(db, errand)
        except (images.InvalidImage, _FileTooBig) as error:
            await self._refuse(errand, _rejection(error))
        except (AiogramError, ClientError, OSError) as error:  # Telegram, the network, the store
            outcome = classify(error)
            match outcome.kind:
                case OutcomeKind.RETRY_AFTER:
                    await inputs.postpone(db, errand, outcome.retry_after_s, counts=False)
                case OutcomeKind.FILE_TOO_BIG:
                    await self._refuse(errand, _rejection(_FileTooBig()))
                case OutcomeKind.CHAT_CLOSED:  # "chat not found" is also said of a file id
                    await self._later(errand, error, MAX_REFUSALS)
                case _:
                    most = MAX_REFUSALS if outcome.is_refusal else MAX_TRIES
                    await self._later(errand, error, most)
        except Exception as error:
            log.exception("job %d: a picture failed", errand.job_id)
            await self._later(errand, error, MAX_REFUSALS)

    def _landed(self, errand_id: int, task: asyncio.Task[None]) -> None:
        del self._flying[errand_id]
        if not task.cancelled() and (error := task.exception()):
            log.error("a picture stays where it is for now", exc_info=error)

    async def settle(self) -> None:
        """Jobs of complete albums get their pictures; albums without words get an answer."""
        for wordless in await albums.complete_albums(self._desk.db, ALBUM_QUIET_S):
            self._desk.replies.call(self._answer(wordless))

    async def _settle_albums(self) -> None:
        await self._answered.wait()
        while True:
            await asyncio.sleep(ALBUM_QUIET_S / 2)
            try:
                await self.settle()
            except Exception:
                log.exception("albums cannot be settled")

    async def _download(self, file_id: str) -> bytes:
        file = await self._bot.get_file(file_id, request_timeout=LINK_TIMEOUT_S)
        if not file.file_path:
            raise FileNotFoundError("Telegram gives no link")
        if (file.file_size or 0) > images.MAX_BYTES:
            raise _FileTooBig
        basket = SizeLimitedBuffer()
        await self._bot.download_file(file.file_path, basket, timeout=DOWNLOAD_TIMEOUT_S)
        return basket.getvalue()

    async def _later(self, errand: PendingDownload, error: Exception, most: int) -> None:
        what = str(error) if isinstance(error, AiogramError) else type(error).__name__
        if errand.tries >= most:
            log.warning("job %d: a picture is given up: %s", errand.job_id, what)
            await self._refuse(errand, Notice("input-unreachable"))
            return
        wait = BACKOFF_S[min(errand.tries, len(BACKOFF_S)) - 1]
        log.info("job %d: a picture again in %.0f s: %s", errand.job_id, wait, what)
        await inputs.postpone(self._desk.db, errand, wait)

    async def _refuse(self, errand: PendingDownload, reason: Notice) -> None:
        await inputs.refuse(self._desk.db, errand, reason)
        self._desk.nudge.set()

    def _answer(self, album: AlbumWithoutText) -> SendMessage:
        key = "picture-words" if album.images else "draw-words-only"
        reply = ReplyParameters(message_id=album.message_id, allow_sending_without_reply=True)
        text = self._desk.texts(album.language, key)
        return SendMessage(chat_id=album.chat_id, text=text, reply_parameters=reply)


def _rejection(error: images.InvalidImage | _FileTooBig) -> Notice:
    if isinstance(error, _FileTooBig):
        return Notice("input-heavy", {"limit": images.MAX_BYTES // 10**6})
    if error.flaw in ("damaged", "heavy", "large"):
        return Notice(f"input-{error.flaw}", error.values)
    return Notice("input-foreign", {"formats": images.FORMAT_NAMES})
