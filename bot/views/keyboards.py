"""Build the inline keyboards of the bot's messages and define their callback data."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from store.model import Job
from store.texts import Texts

# A number in callback data: the id of a user, chat, job or broadcast, or a serial number. All fit
# into 52 bits; callback data with more is forged.
CallbackId = Annotated[int, Field(ge=-(2**52), le=2**52)]


class CancelJob(CallbackData, prefix="cancel"):
    """Callback data: cancel this job."""

    job: CallbackId


class KeepJob(CallbackData, prefix="keep"):
    """Callback data: finish this job's picture as it is."""

    job: CallbackId


class TryExample(CallbackData, prefix="try"):
    """Callback data: draw an example; presses with the same serial are one job."""

    serial: CallbackId


class HelpPage(CallbackData, prefix="help"):
    """Callback data: show a page of the help."""

    page: str


class BroadcastAction(CallbackData, prefix="cast"):
    """Callback data: send, drop or stop a broadcast."""

    action: str
    id: CallbackId


def _single_button(text: str, data: CallbackData) -> InlineKeyboardMarkup:
    button = InlineKeyboardButton(text=text, callback_data=data.pack())
    return InlineKeyboardMarkup(inline_keyboard=[[button]])


def status_keyboard(texts: Texts, job: Job) -> InlineKeyboardMarkup:
    """Return the keyboard of a job's status message; what is being painted can be kept as it is."""
    actions: dict[str, CallbackData] = {"button-cancel": CancelJob(job=job.id)}
    if job.state == "running" and job.step > 0:
        actions = {"button-keep": KeepJob(job=job.id), **actions}
    buttons = [
        InlineKeyboardButton(text=texts(job.language, key), callback_data=data.pack())
        for key, data in actions.items()
    ]
    return InlineKeyboardMarkup(inline_keyboard=[buttons])


def broadcast_draft(texts: Texts, language: str, broadcast_id: int) -> InlineKeyboardMarkup:
    """Return the keyboard of a broadcast that is to be confirmed."""
    buttons = [
        InlineKeyboardButton(
            text=texts(language, f"button-cast-{action}"),
            callback_data=BroadcastAction(action=action, id=broadcast_id).pack(),
        )
        for action in ("send", "drop")
    ]
    return InlineKeyboardMarkup(inline_keyboard=[buttons])


def broadcast_stop(texts: Texts, language: str, broadcast_id: int) -> InlineKeyboardMarkup:
    """Return the keyboard of a running broadcast's progress."""
    return _single_button(
        texts(language, "button-cast-stop"), BroadcastAction(action="stop", id=broadcast_id)
    )


def _example_keyboard(texts: Texts, language: str, serial: int) -> InlineKeyboardMarkup:
    prompt = example_prompt(texts, language, serial)
    return _single_button(
        texts(language, "button-example", prompt=prompt), TryExample(serial=serial)
    )


HELP_PAGES = ("words", "pictures", "groups")  # beside the main one


def start_keyboard(texts: Texts, language: str, serial: int = 0) -> InlineKeyboardMarkup:
    """Return the keyboard of the greeting: an example to draw, and the help."""
    more = InlineKeyboardButton(
        text=texts(language, "button-help"), callback_data=HelpPage(page="main").pack()
    )
    example = _example_keyboard(texts, language, serial).inline_keyboard
    return InlineKeyboardMarkup(inline_keyboard=[*example, [more]])


def help_keyboard(texts: Texts, language: str, page: str) -> InlineKeyboardMarkup:
    """Return buttons for the other pages of the help."""
    buttons = [
        InlineKeyboardButton(
            text=texts(language, f"help-to-{other}"), callback_data=HelpPage(page=other).pack()
        )
        for other in ("main", *HELP_PAGES)
        if other != page
    ]
    return InlineKeyboardMarkup(inline_keyboard=[[button] for button in buttons])


def example_prompt(texts: Texts, language: str, serial: int) -> str:
    """Return an example prompt; serials beyond the list start it again."""
    examples = texts(language, "examples").splitlines()
    return examples[serial % len(examples)]
