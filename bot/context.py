"""The dependencies of every handler."""

import asyncio
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from aiogram.types import InlineKeyboardMarkup, Message

from bot.delivery.replies import ReplyQueue
from bot.throttle import Throttle
from store.database.database import Database
from store.errors import LocalisedError, RequestError
from store.files.files import Files
from store.model import QueueLimits
from store.moderation.safety_modes import SafetyRule
from store.texts import FOLDER, LocalisedText, Texts
from store.users.access import AccessRule

RETRY_PAUSES_S = (0.2, 1.0)  # before the second and the third attempt at an update


@dataclass(frozen=True)
class BotContext:
    """Passed to every handler by aiogram; one for a process."""

    db: Database
    files: Files
    texts: Texts
    replies: ReplyQueue
    throttle: Throttle
    admins: frozenset[int] = frozenset()
    limits: QueueLimits = field(default_factory=QueueLimits)
    safety: SafetyRule = field(default_factory=SafetyRule)
    access: AccessRule = field(default_factory=AccessRule)
    # Set when the outbox has a new message, so that the courier looks into it at once.
    nudge: asyncio.Event = field(default_factory=asyncio.Event)
    server_files: Path | None = None  # of a Bot API server in `--local` mode
    retry_pauses_s: tuple[float, ...] = RETRY_PAUSES_S

    def html(self, localised: LocalisedText, language: str) -> str:
        """Return a text of the store, escaped for a message in HTML."""
        return escape(self.plain(localised, language), quote=False)

    def plain(self, localised: LocalisedText, language: str) -> str:
        """Return a text of the store for places without markup, such as the answer to a button."""
        return self.texts(language, localised.key, **localised.values)

    async def refuse(
        self,
        message: Message,
        refusal: LocalisedError,
        user_id: int,
        language: str,
        keyboard: InlineKeyboardMarkup | None = None,
    ) -> None:
        """Tell the author alone why a request is refused; a flood gets one answer per window."""
        # Another mistake deserves another answer; of a limit it is enough to hear once.
        text = (message.text or message.caption) if isinstance(refusal, RequestError) else None
        if await self.throttle.allow(message, user_id, message.chat.id, refusal.key, text):
            self.replies.answer_privately(message, self.html(refusal, language), keyboard)

    async def hint(self, message: Message, key: str, language: str, **values: object) -> None:
        """Answer with a text of the bot, once per window for the same message."""
        if await self.throttle.allow(
            message, message.chat.id, key, message.text or message.caption
        ):
            self.replies.answer(message, self.texts(language, key, **values))


def load_texts() -> Texts:
    """Load the texts of the bot and of the store."""
    folder = Path(__file__).with_name("texts")
    return Texts(FOLDER, folder, folder / "admin").read()
