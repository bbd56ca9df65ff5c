"""What every handler has at hand."""

import asyncio
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from bot.replies import Replies
from store.database import Database
from store.files import Files
from store.records import Limits
from store.texts import FOLDER, Spoken, Texts


@dataclass(frozen=True)
class Desk:
    db: Database
    files: Files
    texts: Texts
    replies: Replies
    admins: frozenset[int] = frozenset()
    limits: Limits = field(default_factory=Limits)
    # Set when the outbox has something new: the courier need not wait for its next look.
    nudge: asyncio.Event = field(default_factory=asyncio.Event)

    def sentence(self, spoken: Spoken, language: str) -> str:
        """What the store says to a person, ready for a message in HTML."""
        return escape(self.plain(spoken, language), quote=False)

    def plain(self, spoken: Spoken, language: str) -> str:
        """The same for places without markup, such as the answer to a button."""
        return self.texts(language, spoken.key, **spoken.values)


def all_texts() -> Texts:
    """The bot's sentences and the store's."""
    return Texts(FOLDER, Path(__file__).with_name("texts"))
