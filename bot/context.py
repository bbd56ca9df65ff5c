"""What every handler has at hand."""

import asyncio
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from aiogram.types import Message

from bot.delivery.replies import ReplyQueue
from bot.delivery.throttle import Throttle
from store.database.database import Database
from store.errors import LocalisedError, RequestError
from store.files.files import Files
from store.model import QueueLimits
from store.moderation.safety_modes import SafetyRule
from store.texts import FOLDER, LocalisedText, Texts


@dataclass(frozen=True)
class BotContext:
    """What every handler has at hand; one for a process."""

    db: Database
    files: Files
    texts: Texts
    replies: ReplyQueue
    admins: frozenset[int] = frozenset()
    limits: QueueLimits = field(default_factory=QueueLimits)
    safety: SafetyRule = field(default_factory=SafetyRule)
    # Set when the outbox has something new: the courier need not wait for its next look.
    nudge: asyncio.Event = field(default_factory=asyncio.Event)
    throttle: Throttle = field(default_factory=Throttle)

    def sentence(self, spoken: LocalisedText, language: str) -> str:
        """What the store says to a person, ready for a message in HTML."""
        return escape(self.plain(spoken, language), quote=False)

    def refuse(
        self, message: Message, refusal: LocalisedError, user_id: int, language: str
    ) -> None:
        """Says to the asker alone what is wrong, once in a while; then a flood gets silence."""
        # Another mistake deserves another answer; of a limit it is enough to hear once.
        words = (message.text or message.caption) if isinstance(refusal, RequestError) else None
        if self.throttle.first(user_id, message.chat.id, refusal.key, words):
            self.replies.answer_aside(message, self.sentence(refusal, language))

    def hint(self, message: Message, key: str, language: str, **values: object) -> None:
        """Tells somebody how it is done; whoever repeats themselves is told once in a while."""
        if self.throttle.first(message.chat.id, key, message.text or message.caption):
            self.replies.answer(message, self.texts(language, key, **values))

    def plain(self, spoken: LocalisedText, language: str) -> str:
        """The same for places without markup, such as the answer to a button."""
        return self.texts(language, spoken.key, **spoken.values)


def load_texts() -> Texts:
    """The bot's sentences and the store's."""
    own = Path(__file__).with_name("texts")
    return Texts(FOLDER, own, own / "admin")
