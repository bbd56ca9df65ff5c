"""Say in the chats that the store is away: to those who wait for an answer, and to administrators.

These messages bypass queue and outbox, which need the store themselves.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import SendMessage
from aiogram.types import User

from bot.telegram import language_of
from store.database.database import Database
from store.faults.availability import log_unless_outage
from store.files.files import Files
from store.messages import outage_notices
from store.messages.inbox import IncomingUpdate
from store.texts import LANGUAGES, Texts
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

TELL_PEOPLE_S = 10.0  # of an outage; a restart of a server is shorter
TELL_ADMINS_S = 60.0
POLL_S = 2.0
SEND_S = 10
ADMINS = "admins"


class OutageNotices:
    """One for a process; each chat is told once in an outage, by one of the processes.

    Where the whole store is away no process can know what the others have said: then only the one
    tells for which `leads` answers True.
    """

    def __init__(
        self,
        bot: Bot,
        texts: Texts,
        admins: Collection[int],
        db: Database,
        files: Files,
        *,
        leads: Callable[[], bool],
    ) -> None:
        self._bot, self._texts, self._admins = bot, texts, admins
        self._db, self._files, self._leads = db, files, leads
        self._settled: dict[str, bool] = {}  # who is told in this outage, and whether by us

    async def run(self, stop: asyncio.Event) -> None:
        """Tell the administrators of outages that last, and of their end, until `stop`."""
        while not stop.is_set():
            await self.look()
            await wait_or_timeout(POLL_S, stop)

    async def look(self) -> None:
        """Tell the administrators if the store has been away for long, or is back after that."""
        away_s = self._away_s
        if away_s == 0:
            settled, self._settled = self._settled, {}
            if settled.get(ADMINS):
                await self._tell_admins("alert-store-back")
            await self._forget([whom for whom, by_us in settled.items() if by_us])
        elif away_s > TELL_ADMINS_S and await self._is_ours(ADMINS):
            await self._tell_admins("alert-store-away", minutes=max(1, round(away_s / 60)))

    async def tell_waiting(self, updates: Sequence[IncomingUpdate]) -> None:
        """Tell those who have written in their own chats that their messages are kept."""
        if self._away_s < TELL_PEOPLE_S:
            return
        for update in updates:
            if update.kind != "message" or update.chat_id <= 0:
                continue
            if await self._is_ours(str(update.chat_id)):
                language = _language(json.loads(update.body))
                await self._send(update.chat_id, self._texts(language, "store-away-kept"))

    async def _is_ours(self, whom: str) -> bool:
        """Return whether it is this process that tells them, now."""
        if whom in self._settled:
            return False
        first = await outage_notices.is_first(self._db, self._files, whom)
        if first is None:  # another update of the chat may have been quicker
            first = self._leads() and whom not in self._settled
            if not first:
                return False  # which may change when a part of the store is back
        self._settled[whom] = first or self._settled.get(whom, False)
        return first

    async def _forget(self, settled: Sequence[str]) -> None:
        try:
            for whom in settled:
                await outage_notices.end(self._db, self._files, whom)
        except Exception as error:
            log_unless_outage(log, error, "some people are not told of the next outage today")

    @property
    def _away_s(self) -> float:
        return max(self._db.availability.away_s, self._files.availability.away_s)

    async def _tell_admins(self, key: str, **values: object) -> None:
        # The administrators' languages stand in the store: so it is said in both.
        text = "\n".join(self._texts(language, key, **values) for language in LANGUAGES)
        for admin in sorted(self._admins):
            await self._send(admin, text)

    async def _send(self, chat_id: int, text: str) -> None:
        try:
            await self._bot(SendMessage(chat_id=chat_id, text=text), request_timeout=SEND_S)
        except AiogramError as error:
            log.info("chat %d was not told of the outage: %s", chat_id, error)


def _language(raw: Mapping[str, Any]) -> str:
    """Return the language of who has sent a message, whatever its shape."""
    sender = (raw.get("message") or {}).get("from")
    code = sender.get("language_code") if isinstance(sender, dict) else None
    if not isinstance(code, str):
        return "en"
    return language_of(User(id=0, is_bot=False, first_name="-", language_code=code))
