"""Find messages whose answer was lost, by an edit to what they should show already.

What others wrote cannot be edited, and what shows something else refuses the edit. So each id that
the message may have is tried; the one that takes the edit, or reads so already, is it.
"""

from collections.abc import Iterable
from contextlib import suppress
from itertools import count

from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.methods import EditMessageCaption, EditMessageText
from aiogram.types import InlineKeyboardMarkup, Message

from bot.delivery.messages import JobMessenger, MessageGone, file_in
from bot.delivery.outcomes import OutcomeKind, classify
from store.model import Job

MAX_TRIED = 60  # ids, each of which costs a call
MAX_MISSES = 12  # ids in a row without a message, behind which there are none


class CannotTell(Exception):
    """Raised where a message may have more ids than can be tried."""


class LostMessages:
    """Looks in the chat of a job."""

    def __init__(self, messages: JobMessenger) -> None:
        self._messages, self._ids = messages, messages.ids
        # By search: whether there is a message under the ids that were tried, as a call that fails
        # ends a try in the middle.
        self._tried: dict[tuple[int, str], dict[int, bool]] = {}

    async def find_text(
        self, job: Job, text: str, keyboard: InlineKeyboardMarkup | None
    ) -> int | None:
        """Return the id of a line that this process has sent; None if it has not arrived.

        It has one of the ids between two that were seen, of which no other own line may have any.
        Raises CannotTell.
        """
        lost = self._ids.lost_answer(job.chat_id, job.message_id) if job.message_id else None
        if lost is None:
            return None
        edit = EditMessageText(chat_id=job.chat_id, text=text, reply_markup=keyboard)
        first = max(lost.after, job.message_id or 0) + 1
        ids = count(first) if lost.before is None else range(first, lost.before)
        return await self._first(job, edit, ids, kind="text")

    async def find_file(
        self,
        job: Job,
        caption: str,
        keyboard: InlineKeyboardMarkup | None,
        behind: int,
        *,
        kind: str,
        alone: bool,
    ) -> int | None:
        """Return the id of the job's picture, sent by any process; None if it has not arrived.

        behind: an id that was known before it was sent, with all messages of the outbox before it.
        kind: "photo" or "document".
        alone: no other process sends; an earlier one did so before the first send of this one. The
        edit is one of the caption, which a line of text does not take.

        Raises CannotTell.
        """
        edit = EditMessageCaption(chat_id=job.chat_id, caption=caption, reply_markup=keyboard)
        first = self._ids.first(job.chat_id)
        until = first if alone and first is not None and first > behind else None
        ids = count(behind + 1) if until is None else range(behind + 1, until)
        return await self._first(job, edit, ids, kind)

    async def _first(
        self,
        job: Job,
        edit: EditMessageText | EditMessageCaption,
        ids: Iterable[int],
        kind: str,
    ) -> int | None:
        """Return the first of the unknown ids whose message takes the edit and is the one.

        Where the ids have no end, it is where no message is any more. Raises CannotTell.
        """
        search = (job.id, kind)
        there = self._tried.setdefault(search, {})
        found, misses, endless = None, 0, not isinstance(ids, range)
        for message_id in ids:
            if self._ids.is_seen(job.chat_id, message_id):
                misses = 0
                continue
            if endless and misses >= MAX_MISSES and message_id > self._ids.newest(job.chat_id):
                break
            if message_id not in there:
                if len(there) == MAX_TRIED:
                    del self._tried[search]
                    raise CannotTell
                try:
                    edited = await self._edited(edit, message_id)
                except MessageGone as gone:
                    there[message_id] = gone.is_there
                else:
                    if _is_it(edited, job, kind):
                        found = message_id
                        break
                    there[message_id] = True
                    await self._restore(edit, message_id)
            misses = 0 if there[message_id] else misses + 1
        del self._tried[search]
        if found is not None:
            self._ids.found(job.chat_id, found, job.message_id)
        return found

    async def _restore(self, edit: EditMessageText | EditMessageCaption, message_id: int) -> None:
        """Take the caption and the buttons from a file that was sent without any."""
        if isinstance(edit, EditMessageCaption):
            with suppress(AiogramError, MessageGone):
                bare = {"caption": None, "reply_markup": None}
                await self._edited(edit.model_copy(update=bare), message_id)

    async def _edited(self, edit: EditMessageText | EditMessageCaption, message_id: int) -> object:
        """Return what a message is after the edit; raise MessageGone where it does not take it."""
        try:
            return await self._messages.edit(edit.model_copy(update={"message_id": message_id}))
        except TelegramBadRequest as error:
            if classify(error).kind is not OutcomeKind.OTHER_CONTENT:
                raise
            raise MessageGone(is_there=True) from None


def _is_it(edited: object, job: Job, kind: str) -> bool:
    """Return whether a message that took the edit is the one of the job.

    It is where it read so already. A message loses what it answers when that is deleted.
    """
    if not isinstance(edited, Message):
        return True
    if edited.reply_to_message is not None:
        return edited.reply_to_message.message_id == job.message_id
    file = file_in(edited)
    return (file.kind if file else "text") == kind
