"""The pages of /settings: what can be chosen, and the buttons to choose it with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views.formatting import truncate_utf16
from bot.views.keyboards import JobNumber
from store.moderation.safety_modes import SafetyRule
from store.request.presets import QUALITIES, SHAPES
from store.texts import LANGUAGES, Texts
from store.users.preferences import Preferences, PreferenceValue

PAGES = ("shape", "quality", "model", "animation", "safety", "language")
MAIN_PAGE = "menu"
NONE = ""  # the value of a button that takes the choice back
LABEL_LIMIT = 40  # units of a model's name on a button


class SettingsPage(CallbackData, prefix="page"):
    """Show the choices of this owner, a person or a group: all of them, or one to choose."""

    owner: JobNumber
    page: str


class SettingsChoice(CallbackData, prefix="set"):
    """From now on, this owner wants it so."""

    owner: JobNumber
    name: str
    value: str


@dataclass(frozen=True)
class SettingsMenu:
    """What one owner has chosen, and the models among which there is a choice today."""

    owner: int
    chosen: Preferences
    models: Sequence[str]
    safety: SafetyRule

    def options(self, name: str) -> list[PreferenceValue]:
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

    def option(self, name: str, value: str) -> PreferenceValue:
        """What a button's value stands for; LookupError where it is not, or no longer, on offer."""
        for option in self.options(name) if name in PAGES else []:
            if value_of(option) == value:
                return option
        raise LookupError(name, value)


def value_of(option: PreferenceValue) -> str:
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


def option_label(texts: Texts, language: str, name: str, option: PreferenceValue) -> str:
    """What is chosen, in a few words."""
    if option is None:
        return texts(language, f"{name}-open")
    if name == "model":
        return truncate_utf16(str(option), LABEL_LIMIT)
    return texts(language, f"{name}-{value_of(option)}")


def menu_text(texts: Texts, language: str, menu: SettingsMenu, page: str) -> str:
    """What stands above the buttons of a page."""
    whose = "person" if menu.owner > 0 else "group"
    title = texts(language, f"tastes-{whose}")
    return title if page == MAIN_PAGE else title + "\n" + texts(language, f"tastes-{page}-question")


def menu_keyboard(
    texts: Texts, language: str, menu: SettingsMenu, page: str
) -> InlineKeyboardMarkup:
    """The buttons of a page: of the menu, or of one choice."""
    rows = (
        _main_keyboard(texts, language, menu)
        if page == MAIN_PAGE
        else _page_keyboard(texts, language, menu, page)
    )
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _main_keyboard(
    texts: Texts, language: str, menu: SettingsMenu
) -> list[list[InlineKeyboardButton]]:
    rows = []
    for name in PAGES:
        now = option_label(texts, language, name, getattr(menu.chosen, name))
        words = texts(language, f"tastes-{name}", now=now)
        data = SettingsPage(owner=menu.owner, page=name).pack()
        rows.append([InlineKeyboardButton(text=words, callback_data=data)])
    return rows


def _page_keyboard(
    texts: Texts, language: str, menu: SettingsMenu, name: str
) -> list[list[InlineKeyboardButton]]:
    chosen = getattr(menu.chosen, name)
    buttons = []
    for option in menu.options(name):
        words = option_label(texts, language, name, option)
        marked = f"✓ {words}" if option == chosen else words
        data = SettingsChoice(owner=menu.owner, name=name, value=value_of(option)).pack()
        buttons.append(InlineKeyboardButton(text=marked, callback_data=data))
    back = SettingsPage(owner=menu.owner, page=MAIN_PAGE).pack()
    pairs = [buttons[:1], *(buttons[at : at + 2] for at in range(1, len(buttons), 2))]
    last = InlineKeyboardButton(text=texts(language, "tastes-back"), callback_data=back)
    return [*pairs, [last]]
