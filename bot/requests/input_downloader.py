"""Download the images that users sent into the store; their jobs wait for them.

Telegram's links expire after an hour but its file ids do not: each try asks for a new link. A
link contains the bot's token, and so does an error about one: such an error is never logged.
"""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import SendMessage
from aiogram.types import ReplyParameters
from aiohttp import ClientError

from bot.context import BotContext
from bot.delivery.outcomes import OutcomeKind, classify
from bot.requests.sent_files import FileTooBig, FolderUnseen, read_file
from store.faults import outage
from store.faults.availability import log_unless_outage, when_available
from store.files import images
from store.jobs import albums, inputs
from store.jobs.albums import AlbumWithoutText
from store.jobs.inputs import PendingDownload
from store.model import Notice
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

STORE_RETRY_S = 10.0  # before a picture is fetched again that could not be stored
MAX_TRIES = 20  # about two hours
MAX_REFUSALS = 6  # of the image itself; a link or a file may be missing for a moment


@dataclass(frozen=True)
class DownloadSettings:
    """Intervals and limits of the downloads; times are in seconds."""

    concurrent: int = 4
    poll_s: float = 0.5
    lease_s: float = 30.0
    album_quiet_s: float = 1.5  # after its last message, before an album counts as complete
    backoff_s: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class InputDownloader:
    """One for a process; several share the work through the leases of the pending downloads."""

    def __init__(
        self,
        bot: Bot,
        context: BotContext,
        answered: asyncio.Event,
        settings: DownloadSettings | None = None,
        server_files: Path | None = None,
    ) -> None:
        """Take the event that is set once Telegram has given out updates.

        Before that, messages of an album that were sent while the bot was down may be missing.
        server_files: where the files of a Bot API server in `--local` mode are found.
        """
        self._bot, self._context, self._answered = bot, context, answered
        self._settings = settings or DownloadSettings()
        self._stop = asyncio.Event()
        self._server_files = server_files
        self._running: dict[asyncio.Task[None], PendingDownload] = {}
        self._decoding = asyncio.Lock()  # a decoded image may take hundreds of megabytes

    async def run(self, stop: asyncio.Event) -> None:
        """Download until `stop`; then cancel what is under way: it becomes due again."""
        self._stop = stop
        async with asyncio.TaskGroup() as tasks:
            completing = tasks.create_task(self._complete_albums_forever())
            while not stop.is_set():
                try:
                    await self.start_due()
                except Exception as error:
                    log_unless_outage(log, error, "pictures cannot be fetched")
                await wait_or_timeout(self._settings.poll_s, stop)
            completing.cancel()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def start_due(self) -> None:
        """Start downloads that are due, up to the limit of concurrent ones."""
        while len(self._running) < self._settings.concurrent:
            running = self._running.values()
            pending = await inputs.claim_due(
                self._context.db,
                tuple(one.id for one in running),
                self._settings.lease_s,
                interrupted=not any(one.interrupted for one in running),
            )
            if pending is None:
                return
            task = asyncio.create_task(self.download(pending))
            self._running[task] = pending
            task.add_done_callback(self._on_done)

    async def download(self, pending: PendingDownload) -> None:
        """Download one image and store whether it has arrived, is refused, or is due again."""
        try:
            data = await read_file(self._bot, pending.file_id, self._server_files)
            async with self._decoding:
                await asyncio.to_thread(images.check_image, data)
        except (images.InvalidImage, FileTooBig) as error:
            await self._refuse(pending, rejection(error))
        except Exception as error:
            await self._handle_failure(pending, error)
        else:
            await self._keep(pending, data)

    async def _keep(self, pending: PendingDownload, data: bytes) -> None:
        """Store an image; where the store is away, which is not the image's fault, do it later."""
        db = self._context.db
        try:
            await asyncio.to_thread(self._context.files.write, pending.key, data)
            await inputs.mark_arrived(db, pending)
        except Exception as error:
            if outage(error) is None:
                await self._handle_failure(pending, error)
                return
            again = partial(inputs.postpone, db, pending, STORE_RETRY_S, counts=False)
            await when_available(again, self._stop)

    async def _handle_failure(self, pending: PendingDownload, error: Exception) -> None:
        if not isinstance(error, AiogramError | ClientError | OSError):
            log.error("job %d: a picture failed", pending.job_id, exc_info=error)
            await self._retry_later(pending, error, MAX_REFUSALS)
            return
        outcome = classify(error)
        match outcome.kind:
            case OutcomeKind.RETRY_AFTER:
                db, wait = self._context.db, outcome.retry_after_s
                await inputs.postpone(db, pending, wait, counts=False)
            case OutcomeKind.FILE_TOO_BIG:
                await self._refuse(pending, rejection(FileTooBig()))
            case OutcomeKind.CHAT_CLOSED:  # a file may come back, unlike a chat
                await self._retry_later(pending, error, MAX_REFUSALS)
            case _:
                most = MAX_REFUSALS if outcome.is_refusal else MAX_TRIES
                await self._retry_later(pending, error, most)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not task.cancelled() and (error := task.exception()):
            log.error("a download ended without a result and is due again", exc_info=error)

    async def complete_albums(self) -> None:
        """Give the images of complete albums to their jobs; answer albums without a caption."""
        quiet_s = self._settings.album_quiet_s
        for album in await albums.complete_albums(self._context.db, quiet_s):
            self._context.replies.call(self._answer(album))

    async def _complete_albums_forever(self) -> None:
        await self._answered.wait()
        while True:
            await asyncio.sleep(self._settings.album_quiet_s / 2)
            try:
                await self.complete_albums()
            except Exception as error:
                log_unless_outage(log, error, "albums cannot be completed")

    async def _retry_later(self, pending: PendingDownload, error: Exception, most: int) -> None:
        """Postpone the download, or refuse it after `most` tries."""
        told = isinstance(error, AiogramError | FolderUnseen)
        reason = str(error) if told else type(error).__name__
        if pending.tries >= most:
            log.warning("job %d: a picture is given up: %s", pending.job_id, reason)
            await self._refuse(pending, Notice("input-unreachable"))
            return
        backoff_s = self._settings.backoff_s
        wait = backoff_s[min(pending.tries, len(backoff_s)) - 1]
        log.info("job %d: a picture again in %.0f s: %s", pending.job_id, wait, reason)
        await inputs.postpone(self._context.db, pending, wait)

    async def _refuse(self, pending: PendingDownload, reason: Notice) -> None:
        await inputs.refuse(self._context.db, pending, reason)
        self._context.nudge.set()

    def _answer(self, album: AlbumWithoutText) -> SendMessage:
        key = "picture-words" if album.images else "draw-words-only"
        reply = ReplyParameters(message_id=album.message_id, allow_sending_without_reply=True)
        text = self._context.texts(album.language, key)
        return SendMessage(chat_id=album.chat_id, text=text, reply_parameters=reply)


def rejection(error: images.InvalidImage | FileTooBig) -> Notice:
    """Return what is said of an image that cannot be used."""
    if isinstance(error, FileTooBig):
        return Notice("input-heavy", {"limit": images.MAX_BYTES // 10**6})
    if error.flaw in ("damaged", "heavy", "large"):
        return Notice(f"input-{error.flaw}", error.values)
    return Notice("input-foreign", {"formats": images.FORMAT_NAMES})
