"""Find messages whose answer was lost, by an edit to what they should show already.

What others wrote cannot be edited, and what shows something else refuses the edit. So each id that
the message may have is tried; the one that takes the edit, or reads so already, is it.
"""

from collections.abc import Iterable
from itertools import count

from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import EditMessageCaption, EditMessageText
from aiogram.types import InlineKeyboardMarkup, Message

from bot.delivery.messages import JobMessenger, MessageGone
from bot.delivery.outcomes import OutcomeKind, classify
from store.model import Job

MAX_TRIED = 60  # ids, each of which costs a call
MAX_MISSES = 8  # ids in a row without a message, behind which there are none


class CannotTell(Exception):
    """Raised where a message may have more ids than can be tried."""


class LostMessages:
    """Looks in the chat of a job."""

    def __init__(self, messages: JobMessenger) -> None:
        self._messages, self._ids = messages, messages.ids

    async def find_text(
        self, job: Job, text: str, keyboard: InlineKeyboardMarkup | None
    ) -> int | None:
        """Return the id of a line that this process has sent; None if it has not arrived.

        Of the own lines only this one has an id that is not known. Raises CannotTell.
        """
        behind = self._ids.lost_behind(job.chat_id)
        if behind is None:
            return None
        edit = EditMessageText(chat_id=job.chat_id, text=text, reply_markup=keyboard)
        return await self._first(job, edit, count(max(behind, job.message_id or 0) + 1))

    async def find_file(
        self,
        job: Job,
        caption: str,
        keyboard: InlineKeyboardMarkup | None,
        behind: int,
        *,
        alone: bool,
    ) -> int | None:
        """Return the id of the job's picture, sent by any process; None if it has not arrived.

        behind: an id that was known before it was sent, with all messages of the outbox before it.
        alone: no other process sends; an earlier one did so before the first send of this one. The
        edit is one of the caption, which a line of text does not take.

        Raises CannotTell.
        """
        edit = EditMessageCaption(chat_id=job.chat_id, caption=caption, reply_markup=keyboard)
        first = self._ids.first(job.chat_id)
        until = first if alone and first is not None and first > behind else None
        ids = count(behind + 1) if until is None else range(behind + 1, until)
        return await self._first(job, edit, ids)

    async def _first(
        self, job: Job, edit: EditMessageText | EditMessageCaption, ids: Iterable[int]
    ) -> int | None:
        """Return the first of the unknown ids whose message takes the edit, if any.

        Raises CannotTell.
        """
        newest, tried, misses = self._ids.newest(job.chat_id), 0, 0
        for message_id in ids:
            if self._ids.is_seen(job.chat_id, message_id):
                misses = 0
                continue
            if misses >= MAX_MISSES and message_id > newest:
                break
            if tried == MAX_TRIED:
                raise CannotTell
            tried += 1
            try:
                edited = await self._edited(edit, message_id)
            except MessageGone as gone:
                misses = 0 if gone.is_there else misses + 1
                continue
            if _answers(edited, job):
                self._ids.found(job.chat_id, message_id)
                return message_id
        return None

    async def _edited(self, edit: EditMessageText | EditMessageCaption, message_id: int) -> object:
        """Return what a message is after the edit; raise MessageGone where it does not take it."""
        try:
            return await self._messages.edit(edit.model_copy(update={"message_id": message_id}))
        except TelegramBadRequest as error:
            if classify(error).kind is not OutcomeKind.OTHER_CONTENT:
                raise
            raise MessageGone(is_there=True) from None


def _answers(edited: object, job: Job) -> bool:
    """Return whether an edited message answers no other message than that of the job."""
    answered = edited.reply_to_message if isinstance(edited, Message) else None
    return answered is None or answered.message_id == job.message_id
