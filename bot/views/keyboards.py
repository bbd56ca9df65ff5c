"""The buttons under the bot's messages and the data they carry."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from store.texts import Texts

# Telegram's numbers fit into so many bits, and so do ours: more is a forgery, and no button.
JobNumber = Annotated[int, Field(ge=-(2**52), le=2**52)]


class CancelJob(CallbackData, prefix="cancel"):
    """Stop this job."""

    job: JobNumber


class TryExample(CallbackData, prefix="try"):
    """Paint an example; the serial tells a double tap from a later one."""

    serial: JobNumber


class BroadcastAction(CallbackData, prefix="cast"):
    """What an administrator does with a broadcast: send, drop, stop."""

    action: str
    id: JobNumber


def _one(text: str, data: CallbackData) -> InlineKeyboardMarkup:
    button = InlineKeyboardButton(text=text, callback_data=data.pack())
    return InlineKeyboardMarkup(inline_keyboard=[[button]])


def cancel_keyboard(texts: Texts, language: str, job_id: int) -> InlineKeyboardMarkup:
    """Under the status of a job."""
    return _one(texts(language, "button-cancel"), CancelJob(job=job_id))


def broadcast_draft(texts: Texts, language: str, broadcast_id: int) -> InlineKeyboardMarkup:
    """Under a broadcast that waits to be confirmed."""
    buttons = [
        InlineKeyboardButton(
            text=texts(language, f"button-cast-{action}"),
            callback_data=BroadcastAction(action=action, id=broadcast_id).pack(),
        )
        for action in ("send", "drop")
    ]
    return InlineKeyboardMarkup(inline_keyboard=[buttons])


def broadcast_stop(texts: Texts, language: str, broadcast_id: int) -> InlineKeyboardMarkup:
    """Under the progress of a broadcast."""
    return _one(
        texts(language, "button-cast-stop"), BroadcastAction(action="stop", id=broadcast_id)
    )


def example_keyboard(texts: Texts, language: str, serial: int) -> InlineKeyboardMarkup:
    """Under the greeting."""
    prompt = example_prompt(texts, language, serial)
    return _one(texts(language, "button-example", prompt=prompt), TryExample(serial=serial))


def example_prompt(texts: Texts, language: str, serial: int) -> str:
    """The serial-th example, round and round."""
    examples = texts(language, "examples").splitlines()
    return examples[serial % len(examples)]
