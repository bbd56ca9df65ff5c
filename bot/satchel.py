"""What the courier and the progress carry with them."""

from dataclasses import dataclass, field

from bot.messages import Messages
from bot.status import Board, Lookout
from store.database import Database
from store.files import Files
from store.texts import Texts


@dataclass(frozen=True)
class Satchel:
    """One for a process."""

    db: Database
    files: Files
    texts: Texts
    messages: Messages
    lookout: Lookout
    board: Board = field(default_factory=Board)
