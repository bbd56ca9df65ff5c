"""The pages of /settings: what can be chosen, and the buttons to choose it with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.captions import cut
from bot.keyboards import Number
from store.choices import Choice, Choices
from store.presets import QUALITIES, SHAPES
from store.safety import SafetyRule
from store.texts import LANGUAGES, Texts

PAGES = ("shape", "quality", "model", "animation", "safety", "language")
MENU = "menu"
NONE = ""  # the value of a button that takes the choice back
LABEL_LIMIT = 40  # units of a model's name on a button


class Page(CallbackData, prefix="page"):
    """Show the choices of this owner, a person or a group: all of them, or one to choose."""

    owner: Number
    page: str


class Choose(CallbackData, prefix="set"):
    """From now on, this owner wants it so."""

    owner: Number
    name: str
    value: str


@dataclass(frozen=True)
class Tastes:
    """What one owner has chosen, and the models among which there is a choice today."""

    owner: int
    chosen: Choices
    models: Sequence[str]
    safety: SafetyRule

    def options(self, name: str) -> list[Choice]:
        """None takes the choice back."""
        match name:
            case "shape":
                return [None, *SHAPES]
            case "quality":
                return [None, *QUALITIES]
            case "model":
                return [None, *self.models]
            case "animation":
                return [None, True, False]
            case "safety":
                return [None, *self.safety.offered]
            case _:
                return [None, *LANGUAGES]

    def option(self, name: str, value: str) -> Choice:
        """What a button's value stands for; LookupError where it is not, or no longer, on offer."""
        for option in self.options(name) if name in PAGES else []:
            if value_of(option) == value:
                return option
        raise LookupError(name, value)


def value_of(option: Choice) -> str:
    """Short enough for a button; a model may have a long path for a name."""
    match option:
        case None:
            return NONE
        case bool():
            return "on" if option else "off"
        case _ if len(option.encode()) <= 12:
            return option
        case _:
            return hashlib.sha256(option.encode()).hexdigest()[:12]


def label(texts: Texts, language: str, name: str, option: Choice) -> str:
    """What is chosen, in a few words."""
    if option is None:
        return texts(language, f"{name}-open")
    if name == "model":
        return cut(str(option), LABEL_LIMIT)
    return texts(language, f"{name}-{value_of(option)}")


def text(texts: Texts, language: str, tastes: Tastes, page: str) -> str:
    """What stands above the buttons of a page."""
    whose = "person" if tastes.owner > 0 else "group"
    title = texts(language, f"tastes-{whose}")
    return title if page == MENU else title + "\n" + texts(language, f"tastes-{page}-question")


def keyboard(texts: Texts, language: str, tastes: Tastes, page: str) -> InlineKeyboardMarkup:
    """The buttons of a page: of the menu, or of one choice."""
    rows = _menu(texts, language, tastes) if page == MENU else _page(texts, language, tastes, page)
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _menu(texts: Texts, language: str, tastes: Tastes) -> list[list[InlineKeyboardButton]]:
    rows = []
    for name in PAGES:
        now = label(texts, language, name, getattr(tastes.chosen, name))
        words = texts(language, f"tastes-{name}", now=now)
        data = Page(owner=tastes.owner, page=name).pack()
        rows.append([InlineKeyboardButton(text=words, callback_data=data)])
    return rows


def _page(
    texts: Texts, language: str, tastes: Tastes, name: str
) -> list[list[InlineKeyboardButton]]:
    chosen = getattr(tastes.chosen, name)
    buttons = []
    for option in tastes.options(name):
        words = label(texts, language, name, option)
        marked = f"✓ {words}" if option == chosen else words
        data = Choose(owner=tastes.owner, name=name, value=value_of(option)).pack()
        buttons.append(InlineKeyboardButton(text=marked, callback_data=data))
    back = Page(owner=tastes.owner, page=MENU).pack()
    pairs = [buttons[:1], *(buttons[at : at + 2] for at in range(1, len(buttons), 2))]
    last = InlineKeyboardButton(text=texts(language, "tastes-back"), callback_data=back)
    return [*pairs, [last]]
