"""Build the pages of /settings: the options of each preference and their buttons."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views.formatting import format_duration, truncate_utf16
from bot.views.keyboards import CallbackId
from store.moderation.safety_modes import SafetyRule
from store.reader.drafters import OfferedDrafter
from store.request.presets import QUALITIES, SHAPES
from store.texts import LANGUAGES, Texts
from store.users.preferences import Preferences, PreferenceValue
from store.users.styles import Style

MENU = ("shape", "quality", "at_once", "model", "style", "animation", "safety", "language")
FINER = ("size", "steps", "seed", "every", "guide")
PAGES = (*MENU, *FINER)  # one for each preference
FINER_OPTIONS = {
    "size": ("256", "384", "512", "768"),
    "steps": ("50", "100", "200", "500"),
    "seed": ("7", "42"),
    "every": ("1", "5", "10", "25"),
}
AT_ONCE = ("1", "4", "9")  # pictures
MAIN_PAGE, FINER_PAGE = "menu", "finer"
MENUS = {MAIN_PAGE: MENU, FINER_PAGE: FINER}
NONE = ""  # value of a button that removes the preference
LABEL_LIMIT = 40  # UTF-16 units of a model's name on a button


class SettingsPage(CallbackData, prefix="page"):
    """Callback data: show the menu of a user or a group, or the page of one preference."""

    owner: CallbackId  # the user or group that the preferences belong to
    page: str  # one of MENUS or of PAGES


class SettingsChoice(CallbackData, prefix="set"):
    """Callback data: set a preference of a user or a group."""

    owner: CallbackId
    name: str
    value: str  # of `value_of`


@dataclass(frozen=True)
class SettingsMenu:
    """The preferences of one user or group, and the models that engines offer now.

    drafters: what else paints. seconds: the usual ones of a picture, by model, as far as they are
    known.
    """

    owner: int
    chosen: Preferences
    models: Sequence[str]
    safety: SafetyRule
    seconds: Mapping[str, float] = field(default_factory=dict)
    drafters: Sequence[OfferedDrafter] = ()
    languages: Sequence[str] = LANGUAGES  # that there are texts in
    styles: Sequence[Style] = ()  # none where no engine knows any
    guides: Sequence[str] = ()  # none where there is no choice
    size: tuple[int, int] | None = None  # that pictures usually have, if it is known

    def options(self, name: str) -> list[PreferenceValue]:
        """Return the options of a preference; None stands for no preference."""
        options: dict[str, Sequence[PreferenceValue]] = {
            "shape": list(SHAPES),
            "quality": list(QUALITIES),
            "at_once": AT_ONCE,
            "model": (*self.models, *(drafter.choice for drafter in self.drafters)),
            "style": [str(style.id) for style in self.styles],
            "animation": (True, False),
            "safety": self.safety.offered,
            "language": self.languages,
            **FINER_OPTIONS,
            "guide": self.guides,
        }
        return [None, *options[name]]

    def option(self, name: str, value: str) -> PreferenceValue:
        """Return the option of a button's value. Raises LookupError if it is not offered."""
        for option in self.options(name) if name in PAGES else []:
            if value_of(option) == value:
                return option
        raise LookupError(name, value)


def value_of(option: PreferenceValue) -> str:
    """Return the value of an option in callback data; some model names are hashed."""
    match option:
        case None:
            return NONE
        case bool():
            return "on" if option else "off"
        case _ if len(option.encode()) <= 12 and ":" not in option:
            return option
        case _:
            return hashlib.sha256(option.encode()).hexdigest()[:12]


def option_label(
    texts: Texts, language: str, menu: SettingsMenu, name: str, option: PreferenceValue
) -> str:
    """Return the label of an option; that of None says that no preference is set."""
    if option is None:
        return _usual_label(texts, language, menu, name)
    if name == "model":
        drafter = next((one for one in menu.drafters if one.choice == option), None)
        label = truncate_utf16(drafter.title if drafter else str(option), LABEL_LIMIT)
        if drafter and drafter.reads:
            label = texts(language, "drafter-reads", title=label, reads=drafter.reads[0])
        seconds = menu.seconds.get(drafter.name if drafter else str(option))
        if seconds is None:
            return label
        return f"{label} · {format_duration(texts, language, seconds, roughly=True)}"
    match name:
        case "style" | "language" | "guide":
            names = {str(style.id): style.label(language) for style in menu.styles}
            names |= {code: language_name(texts, code) for code in menu.languages}
            return truncate_utf16(names.get(str(option), str(option)), LABEL_LIMIT)
        case _ if name in FINER:
            return texts(language, f"finer-{name}", value=int(option))
        case _:
            return texts(language, f"{name}-{value_of(option)}")


def _usual_label(texts: Texts, language: str, menu: SettingsMenu, name: str) -> str:
    """Return the label of no preference, which says what holds then."""
    if name == "model" and menu.models:
        usual = truncate_utf16(menu.models[0], LABEL_LIMIT)
        return texts(language, "model-open-now", usual=usual)
    if name == "size" and menu.size is not None:
        width, height = menu.size
        return texts(language, "size-open-now", width=width, height=height)
    if name == "safety":
        usual = texts(language, f"safety-{menu.safety.effective(None)}")
        return texts(language, "safety-open", usual=usual)
    if name == "animation" and menu.owner < 0:
        return texts(language, "animation-open-group")
    return texts(language, f"{name}-open")


def menu_above(page: str) -> str:
    """Return the menu that the page of a preference is reached from."""
    return FINER_PAGE if page in FINER else MAIN_PAGE


def language_name(texts: Texts, code: str) -> str:
    """Return what a language calls itself, or its code where its texts do not say."""
    try:
        return texts(code, f"language-{code}")
    except KeyError:
        return code


def menu_text(texts: Texts, language: str, menu: SettingsMenu, page: str) -> str:
    """Return the text above the buttons of a page."""
    owner = "person" if menu.owner > 0 else "group"
    title = texts(language, f"tastes-{owner}")
    return title if page == MAIN_PAGE else title + "\n" + texts(language, f"tastes-{page}-question")


def menu_keyboard(
    texts: Texts, language: str, menu: SettingsMenu, page: str
) -> InlineKeyboardMarkup:
    """Return the buttons of the menu, or of the page of one preference."""
    rows = (
        _menu_keyboard(texts, language, menu, page)
        if page in MENUS
        else _page_keyboard(texts, language, menu, page)
    )
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _menu_keyboard(
    texts: Texts, language: str, menu: SettingsMenu, page: str
) -> list[list[InlineKeyboardButton]]:
    rows = []
    for name in MENUS[page]:
        if name in ("style", "guide") and len(menu.options(name)) == 1:
            continue
        now = option_label(texts, language, menu, name, getattr(menu.chosen, name))
        label = texts(language, f"tastes-{name}", now=now)
        data = SettingsPage(owner=menu.owner, page=name).pack()
        rows.append([InlineKeyboardButton(text=label, callback_data=data)])
    if page == MAIN_PAGE:
        finer = SettingsPage(owner=menu.owner, page=FINER_PAGE).pack()
        label = texts(language, "tastes-finer")
        return [*rows, [InlineKeyboardButton(text=label, callback_data=finer)]]
    return [*rows, _back(texts, language, menu, MAIN_PAGE)]


def _back(texts: Texts, language: str, menu: SettingsMenu, page: str) -> list[InlineKeyboardButton]:
    data = SettingsPage(owner=menu.owner, page=page).pack()
    return [InlineKeyboardButton(text=texts(language, "tastes-back"), callback_data=data)]


def _page_keyboard(
    texts: Texts, language: str, menu: SettingsMenu, name: str
) -> list[list[InlineKeyboardButton]]:
    chosen = getattr(menu.chosen, name)
    buttons = []
    for option in menu.options(name):
        label = option_label(texts, language, menu, name, option)
        marked = f"✓ {label}" if option == chosen else label
        data = SettingsChoice(owner=menu.owner, name=name, value=value_of(option)).pack()
        buttons.append(InlineKeyboardButton(text=marked, callback_data=data))
    pairs = [buttons[:1], *(buttons[at : at + 2] for at in range(1, len(buttons), 2))]
    return [*pairs, _back(texts, language, menu, menu_above(name))]
