"""Say in the chats that the store is away: to those who wait for an answer, and to administrators.

These messages bypass queue and outbox, which need the store themselves.
"""

import asyncio
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import SendMessage
from aiogram.types import User

from bot.telegram import language_of
from store.faults.availability import Availability
from store.messages.inbox import IncomingUpdate
from store.texts import LANGUAGES, Texts
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

TELL_PEOPLE_S = 10.0  # of an outage; a restart of a server is shorter
TELL_ADMINS_S = 60.0
POLL_S = 2.0
SEND_S = 10


class OutageNotices:
    """One for a process; each chat is told once in an outage."""

    def __init__(
        self, bot: Bot, texts: Texts, admins: Collection[int], stores: Sequence[Availability]
    ) -> None:
        self._bot, self._texts, self._admins, self._stores = bot, texts, admins, stores
        self._told = set[int]()  # chats, in this outage
        self._admins_told = False

    async def run(self, stop: asyncio.Event) -> None:
        """Tell the administrators of outages that last, and of their end, until `stop`."""
        while not stop.is_set():
            await self.look()
            await wait_or_timeout(POLL_S, stop)

    async def look(self) -> None:
        """Tell the administrators if the store has been away for long, or is back after that."""
        away_s = self._away_s
        if away_s == 0:
            self._told.clear()
            if self._admins_told:
                self._admins_told = False
                await self._tell_admins("alert-store-back")
        elif away_s > TELL_ADMINS_S and not self._admins_told:
            self._admins_told = True
            await self._tell_admins("alert-store-away", minutes=max(1, round(away_s / 60)))

    async def tell_waiting(self, updates: Sequence[IncomingUpdate]) -> None:
        """Tell those who have written in their own chats that their messages are kept."""
        if self._away_s < TELL_PEOPLE_S:
            return
        for update in updates:
            if update.kind == "message" and update.chat_id > 0 and update.chat_id not in self._told:
                self._told.add(update.chat_id)
                language = _language(json.loads(update.body))
                await self._send(update.chat_id, self._texts(language, "store-away-kept"))

    @property
    def _away_s(self) -> float:
        return max(store.away_s for store in self._stores)

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
