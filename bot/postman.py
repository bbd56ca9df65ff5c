"""Delivers letters: alerts to administrators at once, broadcasts slowly and in the background."""

import asyncio
import json
import logging
from collections.abc import Collection
from time import monotonic

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from bot import keyboards
from bot.captions import glance, say
from bot.messages import TEXT_TIMEOUT_S, chat_is_closed, may_have_arrived
from bot.pause import pause
from bot.status import Board
from store import alerts, broadcasts, letters, outbox, people, unpaintable
from store.broadcasts import Broadcast, Tally
from store.database import Database
from store.letters import Letter
from store.records import Notice
from store.texts import Texts

log = logging.getLogger(__name__)

LOOK_S = 1.0  # between two looks where nothing is due
SPACING_S = 0.2  # five a second, of the about thirty that Telegram takes from a bot
PROGRESS_S = 5.0
AGAIN_S = 10.0
MAX_TRIES = 10


class Postman:
    """One for a process; several share the work through the letters' leases."""

    def __init__(
        self, bot: Bot, db: Database, texts: Texts, board: Board, admins: Collection[int]
    ) -> None:
        self._bot, self._db, self._texts = bot, db, texts
        self._board, self._admins = board, admins
        self._shown: dict[int, str] = {}  # progress by broadcast
        self._look_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            seconds = LOOK_S
            try:
                await self.look()
                letter = await letters.due(self._db)
                if letter is not None:
                    seconds = SPACING_S if await self.deliver(letter) else AGAIN_S
            except Exception:
                log.exception("a letter failed")
            await pause(seconds, stop)

    async def look(self) -> None:
        """New alerts become letters; how far the broadcasts are is shown now and then."""
        if monotonic() < self._look_at:
            return
        self._look_at = monotonic() + PROGRESS_S
        await letters.doubt(self._db)
        await alerts.watch(self._db)
        await unpaintable.watch(self._db)
        await alerts.tell(self._db, self._admins)
        for broadcast, tally in await broadcasts.to_show(self._db):
            ended = broadcast.state == "running" and not tally.owed
            await self._show(broadcast, "done" if ended else broadcast.state, tally)
            if ended or broadcast.state == "stopped":
                await broadcasts.close(self._db, broadcast)

    async def deliver(self, letter: Letter) -> bool:
        """One message; the letter ends as sent, given up, or due again.

        False where Telegram does not answer: whoever went on at once would use up all letters.
        """
        text = await self._text(letter)
        if text is None:
            await letters.settle(self._db, letter, "failed")
            return True
        chat_id = letter.chat_id
        async with self._board.lock(chat_id):
            if wait := await outbox.take(self._db, chat_id, chat_id < 0):
                await letters.postpone(self._db, letter, wait)
                return True
            try:
                await self._bot.send_message(chat_id, text, request_timeout=TEXT_TIMEOUT_S)
            except (TelegramNetworkError, TelegramServerError) as error:
                await self._unanswered(letter, error)
                return False
            except AiogramError as error:
                await self._refused(letter, error)
            else:
                await letters.settle(self._db, letter, "sent")
        return True

    async def _unanswered(self, letter: Letter, error: AiogramError) -> None:
        """A send has no key by which Telegram would know it again: a broadcast goes out once."""
        log.info("letter %d was not answered: %s", letter.id, error)
        if letter.broadcast_id is not None and may_have_arrived(error):
            await letters.settle(self._db, letter, "uncertain")
        else:
            await letters.postpone(self._db, letter, AGAIN_S)

    async def _refused(self, letter: Letter, error: AiogramError) -> None:
        chat_id = letter.chat_id
        match error:
            case TelegramRetryAfter():
                await outbox.hold(self._db, chat_id, error.retry_after)
                await letters.postpone(self._db, letter, error.retry_after)
            case TelegramMigrateToChat():
                await letters.postpone(self._db, letter, 0)
                await outbox.chat_moved(self._db, chat_id, error.migrate_to_chat_id)
            case TelegramForbiddenError():
                await outbox.chat_gone(self._db, chat_id)
            case TelegramBadRequest() if chat_is_closed(error):
                await outbox.chat_gone(self._db, chat_id)
            case TelegramBadRequest():
                log.error("letter %d refused: %s", letter.id, error)
                await letters.settle(self._db, letter, "failed")
            case _ if letter.tries < MAX_TRIES:
                log.info("letter %d not sent: %s", letter.id, error)
                await letters.postpone(self._db, letter, AGAIN_S)
            case _:
                await letters.settle(self._db, letter, "failed")

    async def _text(self, letter: Letter) -> str | None:
        """An alert is said in the language of its reader."""
        if letter.notice is None:
            return letter.text
        face = await people.face_of(self._db, letter.chat_id)
        language = (face.speaks if face else None) or "en"
        given = dict(letter.notice.values)
        reason = given.pop("reason", None)
        values = {name: glance(one) if isinstance(one, str) else one for name, one in given.items()}
        if reason is not None:
            values["reason"] = say(self._texts, language, Notice(**json.loads(reason))) or "?"
        return self._texts(language, letter.notice.key, **values)

    async def _show(self, broadcast: Broadcast, state: str, tally: Tally) -> None:
        text = progress(self._texts, broadcast.language, state, tally)
        if self._shown.get(broadcast.id) == text or broadcast.chat_id is None:
            return
        keyboard = None
        if state == "running":
            keyboard = keyboards.stop(self._texts, broadcast.language, broadcast.id)
        if await outbox.take(self._db, broadcast.chat_id, broadcast.chat_id < 0):
            # The last word must not be lost; what is in between may be.
            if state == "running":
                return
            await asyncio.sleep(1)
        self._shown[broadcast.id] = text
        try:
            await self._bot.edit_message_text(
                text,
                chat_id=broadcast.chat_id,
                message_id=broadcast.message_id,
                reply_markup=keyboard,
                request_timeout=TEXT_TIMEOUT_S,
            )
        except AiogramError as error:
            log.info("the progress of broadcast %d was not shown: %s", broadcast.id, error)


def progress(texts: Texts, language: str, state: str, tally: Tally) -> str:
    """How far a broadcast is, in one message."""
    lines = [texts(language, f"cast-{state}", sent=tally.sent, total=tally.total)]
    if tally.uncertain:
        lines.append(texts(language, "cast-uncertain", count=tally.uncertain))
    if tally.unreachable:
        lines.append(texts(language, "cast-unreachable", count=tally.unreachable))
    if tally.failed:
        lines.append(texts(language, "cast-failed", count=tally.failed))
    return "\n".join(lines)
