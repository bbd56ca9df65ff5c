"""Build the keyboard of a result: a row of frequent actions, which expands to all of them."""

from typing import Literal, get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views.keyboards import CallbackId
from store.texts import Texts

ActionName = Literal[
    "again", "vary", "more", "less", "steps", "edit", "png", "gif", "facts", "share", "delete"
]

COMPACT_ACTIONS: tuple[ActionName, ...] = ("again", "vary")
STOPPED_ACTIONS: tuple[ActionName, ...] = ("vary", "png", "again")  # of a cancelled job
FULL_ACTIONS: tuple[tuple[ActionName, ...], ...] = (
    ("steps", "edit"),
    ("png", "gif"),
    ("facts", "share", "delete"),
)


class ResultAction(CallbackData, prefix="do"):
    """Callback data: an action on a job; presses with the same serial are one action."""

    action: ActionName
    job: CallbackId
    serial: CallbackId = 0


def compact_keyboard(
    texts: Texts, language: str, job_id: int, serial: int = 0
) -> InlineKeyboardMarkup:
    """Return the keyboard of a finished picture, with the frequent actions."""
    return _keyboard(texts, language, job_id, serial, [(*COMPACT_ACTIONS, "more")])


def full_keyboard(
    texts: Texts, language: str, job_id: int, serial: int = 0
) -> InlineKeyboardMarkup:
    """Return the keyboard with all actions, after "more" was pressed."""
    return _keyboard(texts, language, job_id, serial, [(*COMPACT_ACTIONS, "less"), *FULL_ACTIONS])


def stopped_keyboard(
    texts: Texts, language: str, job_id: int, serial: int = 0
) -> InlineKeyboardMarkup:
    """Return the keyboard of the last frame of a cancelled job."""
    return _keyboard(texts, language, job_id, serial, [STOPPED_ACTIONS])


def _keyboard(
    texts: Texts, language: str, job_id: int, serial: int, rows: list[tuple[ActionName, ...]]
) -> InlineKeyboardMarkup:
    def button(action: ActionName) -> InlineKeyboardButton:
        data = ResultAction(action=action, job=job_id, serial=serial).pack()
        return InlineKeyboardButton(text=texts(language, f"under-{action}"), callback_data=data)

    return InlineKeyboardMarkup(
        inline_keyboard=[[button(action) for action in row] for row in rows]
    )


ALL_ACTIONS: tuple[ActionName, ...] = get_args(ActionName)
