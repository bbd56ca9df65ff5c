"""Build the keyboard of a result: a row of frequent actions, which expands to all of them."""

import math
from collections.abc import Sequence
from typing import Literal, get_args

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.views.keyboards import CallbackId
from store.model import Job, Result
from store.request.request import MAX_AREA
from store.texts import Texts
from store.users.styles import Style

ActionName = Literal[
    "again",
    "vary",
    "more",
    "less",
    "steps",
    "edit",
    "png",
    "gif",
    "facts",
    "share",
    "delete",
    "larger",
    "on",
    "styles",
    "show",
]
PartActionName = Literal["one", "like"]
ActionRows = Sequence[Sequence[ActionName]]

STOPPED: ActionRows = (("vary", "png", "again"),)  # of a cancelled job
STOPPED_SHEET: ActionRows = (("png", "again"),)
ABOUT: Sequence[ActionName] = ("facts", "share", "delete")
IN_A_ROW = 5  # pictures of a sheet; more of them have rows as those of the sheet


class ResultAction(CallbackData, prefix="do"):
    """Callback data: an action on a job; presses with the same serial are one action."""

    action: ActionName
    job: CallbackId
    serial: CallbackId = 0


class PartAction(CallbackData, prefix="part"):
    """Callback data: an action on one picture of a sheet, which has the number that it bears."""

    action: PartActionName
    job: CallbackId
    number: CallbackId
    serial: CallbackId = 0


class StyleAction(CallbackData, prefix="style"):
    """Callback data: paint a job's picture in a style."""

    job: CallbackId
    style: CallbackId
    serial: CallbackId = 0


def style_keyboard(
    texts: Texts, language: str, job: Job, serial: int, styles: Sequence[Style]
) -> InlineKeyboardMarkup:
    """Return the styles as buttons, which replace the others under a picture."""
    buttons = [
        InlineKeyboardButton(
            text=style.label(language),
            callback_data=StyleAction(job=job.id, style=style.id, serial=serial).pack(),
        )
        for style in styles
    ]
    pairs = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    return InlineKeyboardMarkup(
        inline_keyboard=[*pairs, [_button(texts, language, job, serial, "less")]]
    )


def result_keyboard(
    texts: Texts, language: str, job: Job, serial: int = 0, *, expanded: bool = False
) -> InlineKeyboardMarkup:
    """Return the keyboard of a finished job, or of the last frame of a cancelled one.

    expanded: with all actions, after "more" was pressed.
    """
    rows = [
        [_button(texts, language, job, serial, action) for action in row]
        for row in _actions(job, expanded=expanded)
    ]
    if job.result is not None and job.result.parts:
        rows = [*_numbers(job, len(job.result.parts), serial), *rows]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def offer_keyboard(texts: Texts, job: Job) -> InlineKeyboardMarkup:
    """Return the button that shows the picture in place of the line above it."""
    return InlineKeyboardMarkup(inline_keyboard=[[_button(texts, job.language, job, 0, "show")]])


def can_enlarge(result: Result) -> bool:
    """Return whether the engine could make the picture larger, within the limits of a request."""
    return result.enlarges and not result.parts and 4 * result.width * result.height <= MAX_AREA


def allowed_actions(job: Job) -> set[ActionName]:
    """Return what can be done with a job; other buttons are old or forged."""
    rows = [*_actions(job, expanded=False), *_actions(job, expanded=True)]
    others: set[ActionName] = {"show"} if job.result else set()
    if job.result and not job.result.parts:
        others |= {"steps", "gif"}
    return {action for row in rows for action in row} | others


def _actions(job: Job, *, expanded: bool) -> ActionRows:
    """Return the rows of actions of a job."""
    result = job.result
    if result is None:
        return STOPPED_SHEET if job.count > 1 else STOPPED
    fold: ActionName = "less" if expanded else "more"
    styles: list[ActionName] = ["styles"] if result.styles else []
    if result.parts:
        rest = [("edit", *styles, "png"), ABOUT]
        return [("again", fold), *(rest if expanded else ())]
    larger: list[ActionName] = ["larger"] if can_enlarge(result) else []
    if result.drafted:
        rest = [("edit", *styles, "png"), ABOUT]
        return [("again", "vary", fold), (*larger, "on"), *(rest if expanded else ())]
    if not expanded:
        return [("again", "vary", fold)]
    words: list[ActionName] = ["steps", "edit"] if result.steps else ["edit"]
    files: list[ActionName] = ["png", "gif"] if result.steps else ["png"]
    return [("again", "vary", fold), [*words, *styles], [*files, *larger], ABOUT]


def _button(
    texts: Texts, language: str, job: Job, serial: int, action: ActionName
) -> InlineKeyboardButton:
    data = ResultAction(action=action, job=job.id, serial=serial).pack()
    key, count = f"under-{action}", len(job.result.parts) if job.result else 0
    text = texts(language, "under-again-sheet", count=count) if action == "again" and count else ""
    return InlineKeyboardButton(text=text or texts(language, key), callback_data=data)


def _numbers(job: Job, count: int, serial: int) -> list[list[InlineKeyboardButton]]:
    """Return the buttons of each picture: it alone, then others like it."""
    width = count if count <= IN_A_ROW else math.ceil(math.sqrt(count))
    rows = []
    signs: tuple[tuple[PartActionName, str], ...] = (("one", ""), ("like", "≈"))
    for action, sign in signs:
        for first in range(1, count + 1, width):
            numbers = range(first, min(first + width, count + 1))
            rows.append([_part_button(job.id, action, sign, n, serial) for n in numbers])
    return rows


def _part_button(
    job_id: int, action: PartActionName, sign: str, number: int, serial: int
) -> InlineKeyboardButton:
    data = PartAction(action=action, job=job_id, number=number, serial=serial).pack()
    return InlineKeyboardButton(text=f"{sign}{number}", callback_data=data)


ALL_ACTIONS: tuple[ActionName, ...] = get_args(ActionName)
