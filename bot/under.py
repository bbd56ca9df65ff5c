"""The keyboard under a finished picture: a row of what is used most, the rest unfolds."""

from typing import Literal, get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.keyboards import Number
from store.texts import Texts

Action = Literal[
    "again", "vary", "more", "less", "steps", "edit", "png", "gif", "facts", "share", "delete"
]

FIRST: tuple[Action, ...] = ("again", "vary")
STOPPED: tuple[Action, ...] = ("vary", "png", "again")  # of a picture that was cancelled midway
UNFOLDED: tuple[tuple[Action, ...], ...] = (
    ("steps", "edit"),
    ("png", "gif"),
    ("facts", "share", "delete"),
)


class Under(CallbackData, prefix="do"):
    """Do this with that job; the serial tells a double tap from a later one."""

    action: Action
    job: Number
    serial: Number = 0


def folded(texts: Texts, language: str, job_id: int, serial: int = 0) -> InlineKeyboardMarkup:
    """Under a finished picture."""
    return _keyboard(texts, language, job_id, serial, [(*FIRST, "more")])


def unfolded(texts: Texts, language: str, job_id: int, serial: int = 0) -> InlineKeyboardMarkup:
    """After “more”."""
    return _keyboard(texts, language, job_id, serial, [(*FIRST, "less"), *UNFOLDED])


def stopped(texts: Texts, language: str, job_id: int, serial: int = 0) -> InlineKeyboardMarkup:
    """Under a picture that was cancelled midway."""
    return _keyboard(texts, language, job_id, serial, [STOPPED])


def _keyboard(
    texts: Texts, language: str, job_id: int, serial: int, rows: list[tuple[Action, ...]]
) -> InlineKeyboardMarkup:
    def button(action: Action) -> InlineKeyboardButton:
        data = Under(action=action, job=job_id, serial=serial).pack()
        return InlineKeyboardButton(text=texts(language, f"under-{action}"), callback_data=data)

    return InlineKeyboardMarkup(inline_keyboard=[[button(one) for one in row] for row in rows])


ACTIONS: tuple[Action, ...] = get_args(Action)
