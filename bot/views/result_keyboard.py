"""The keyboard under a finished picture: a row of what is used most, the rest unfolds."""

from typing import Literal, get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views.keyboards import JobNumber
from store.texts import Texts

ActionName = Literal[
    "again", "vary", "more", "less", "steps", "edit", "png", "gif", "facts", "share", "delete"
]

COMPACT_ACTIONS: tuple[ActionName, ...] = ("again", "vary")
STOPPED_ACTIONS: tuple[ActionName, ...] = (
    "vary",
    "png",
    "again",
)  # of a picture that was cancelled midway
FULL_ACTIONS: tuple[tuple[ActionName, ...], ...] = (
    ("steps", "edit"),
    ("png", "gif"),
    ("facts", "share", "delete"),
)


class ResultAction(CallbackData, prefix="do"):
    """Do this with that job; the serial tells a double tap from a later one."""

    action: ActionName
    job: JobNumber
    serial: JobNumber = 0


def compact_keyboard(
    texts: Texts, language: str, job_id: int, serial: int = 0
) -> InlineKeyboardMarkup:
    """Under a finished picture."""
    return _keyboard(texts, language, job_id, serial, [(*COMPACT_ACTIONS, "more")])


def full_keyboard(
    texts: Texts, language: str, job_id: int, serial: int = 0
) -> InlineKeyboardMarkup:
    """After “more”."""
    return _keyboard(texts, language, job_id, serial, [(*COMPACT_ACTIONS, "less"), *FULL_ACTIONS])


def stopped_keyboard(
    texts: Texts, language: str, job_id: int, serial: int = 0
) -> InlineKeyboardMarkup:
    """Under a picture that was cancelled midway."""
    return _keyboard(texts, language, job_id, serial, [STOPPED_ACTIONS])


def _keyboard(
    texts: Texts, language: str, job_id: int, serial: int, rows: list[tuple[ActionName, ...]]
) -> InlineKeyboardMarkup:
    def button(action: ActionName) -> InlineKeyboardButton:
        data = ResultAction(action=action, job=job_id, serial=serial).pack()
        return InlineKeyboardButton(text=texts(language, f"under-{action}"), callback_data=data)

    return InlineKeyboardMarkup(inline_keyboard=[[button(one) for one in row] for row in rows])


ALL_ACTIONS: tuple[ActionName, ...] = get_args(ActionName)
