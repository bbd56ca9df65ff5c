"""Turn each message of the outbox into calls to Telegram."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiogram.exceptions import AiogramError
from aiogram.types import InlineKeyboardMarkup

from bot.delivery.context import DeliveryContext
from bot.delivery.messages import Media, MessageGone, SentMessage
from bot.delivery.outcomes import OutcomeKind, classify
from bot.delivery.results import media as job_media
from bot.delivery.results.lost import CannotTell, LostMessages
from bot.delivery.status import StatusMessage, is_unfinished, status_text
from bot.views import keyboards
from bot.views.result_keyboard import offer_keyboard, result_keyboard
from store import processes
from store.messages import outbox
from store.messages.outbox import Delivery
from store.messages.results import is_sent_anew, left_over, mark_gone
from store.model import Job, OutboxKind

log = logging.getLogger(__name__)


class MessageSender:
    """One for a process."""

    def __init__(self, context: DeliveryContext) -> None:
        self._db, self._files, self._texts = context.db, context.files, context.texts
        self._messages, self._board = context.messages, context.status_board
        self._lost = LostMessages(context.messages)
        self._forecasts = context.forecasts
        self._send_kind: dict[OutboxKind, Callable[[Delivery], Awaitable[SentMessage]]] = {
            "ack": self._acknowledge,
            "animation": self._animation,
            "slot": self._placeholder,
            "picture": self._picture,
            "tidy": self._delete_status,
            "sorry": self._final_text,
            "cancelled": self._final_text,
        }

    async def send(self, delivery: Delivery) -> SentMessage:
        """Send a message; return what Telegram says of it.

        Raises the errors of Telegram, NobodyReached and PictureLost.
        """
        return await self._send_kind[delivery.kind](delivery)

    async def _acknowledge(self, delivery: Delivery) -> SentMessage:
        job = delivery.job
        queue = await self._forecasts.snapshot_with(job)
        status = status_text(self._texts, self._board, job, queue)
        keyboard = None
        if is_unfinished(job):
            keyboard = keyboards.status_keyboard(self._texts, job)
        message_id = await self._new_message(delivery, status.text, keyboard, silent=True)
        self._board.record_shown(job, StatusMessage(status.text), is_photo=False)
        return SentMessage(message_id)

    async def _animation(self, delivery: Delivery) -> SentMessage:
        """Turn the status message into the animation."""
        job = delivery.job
        media = await job_media.animation_media(self._files, self._texts, job)
        return await self._show_media(delivery, media)

    async def _placeholder(self, delivery: Delivery) -> SentMessage:
        """Send the line that the picture will replace, as jobs of earlier versions have it."""
        text = job_media.placeholder_text(self._texts, delivery.job)
        return SentMessage(await self._new_message(delivery, text, None))

    async def _new_message(
        self,
        delivery: Delivery,
        text: str,
        keyboard: InlineKeyboardMarkup | None,
        *,
        silent: bool = False,
    ) -> int:
        """Send a message, or find the one that an earlier try has left in the chat."""
        job = delivery.job
        if delivery.failures and await self._is_alone():
            with suppress(CannotTell):
                found = await self._lost.find_text(job, text, keyboard)
                if found is not None:
                    return found
        return await self._messages.send_text(job, text, keyboard, silent=silent)

    async def _is_alone(self) -> bool:
        """Return whether no other process may have written meanwhile, of which it knows the ids."""
        return await processes.count_alive(self._db, "bot") <= 1

    async def _picture(self, delivery: Delivery) -> SentMessage:
        """Send the picture, or turn the status message of a group into it."""
        job = delivery.job
        media = await job_media.picture_media(self._files, self._texts, job)
        keyboard = result_keyboard(self._texts, job.language, job) if media else None
        in_slot = delivery.slot_message_id is not None
        if media and not in_slot and is_sent_anew(job):
            sent = await self._send_once(delivery, media, keyboard)
        else:
            sent = await self._show_media(delivery, media, keyboard, in_slot=in_slot, or_text=False)
        self._board.forget(job.id)
        return sent

    async def _send_once(
        self, delivery: Delivery, media: list[Media], keyboard: InlineKeyboardMarkup | None
    ) -> SentMessage:
        """Send the picture; where an earlier try may have arrived, look for it first."""
        job, messages = delivery.job, self._messages
        if delivery.sent_behind is not None:
            caption, kind, alone = media[0].caption or "", media[0].type, await self._is_alone()
            try:
                found = await self._lost.find_file(
                    job, caption, keyboard, delivery.sent_behind, kind=kind, alone=alone
                )
            except CannotTell:
                return await self._offer(delivery)
            if found is not None:
                with suppress(AiogramError, MessageGone):  # its file's id is good to know
                    return await messages.show_first(job, found, media, keyboard)
                return SentMessage(found)
        await outbox.note_sending(self._db, delivery, messages.ids.newest(job.chat_id))
        try:
            return await messages.send_first(job, media, keyboard)
        except Exception as error:
            if not classify(error).may_have_been_executed:
                await outbox.note_unsent(self._db, delivery)
            raise

    async def _offer(self, delivery: Delivery) -> SentMessage:
        """Say that the picture is ready, with a button that shows it in place of the line.

        Sent again it could come twice; and were it not, it could never come.
        """
        job = delivery.job
        log.warning("job %d: whether its picture has arrived cannot be told", job.id)
        text = job_media.offered_text(self._texts, job)
        keyboard = offer_keyboard(self._texts, job)
        has_film = job.animation and job.result is not None and job.result.animation
        message_id = None if has_film else self._board.status_message_id(job)
        if message_id is not None:
            with suppress(MessageGone):
                has_media = self._board.is_photo(job)
                await self._messages.edit_text(job, message_id, text, keyboard, has_media=has_media)
                return SentMessage(message_id)
        return SentMessage(await self._messages.send_text(job, text, keyboard))

    async def _delete_status(self, delivery: Delivery) -> SentMessage:
        """Remove the status message where neither animation nor picture has taken its place."""
        job = delivery.job
        message_id = self._board.status_message_id(job)
        if message_id is None or message_id == delivery.picture_message_id:
            return SentMessage(message_id or 0)
        others = await left_over(self._db, delivery)
        if others and await self._messages.delete(job, message_id, *others.values()):
            await mark_gone(self._db, others)
            return SentMessage(message_id)
        if not await self._messages.delete(job, message_id):
            text = job_media.placeholder_text(self._texts, job)
            has_media = self._board.is_photo(job)
            with suppress(MessageGone):
                await self._messages.edit_text(job, message_id, text, None, has_media=has_media)
        return SentMessage(message_id)

    async def _final_text(self, delivery: Delivery) -> SentMessage:
        """Show the last frame of a cancelled job, or a text that says why there is no picture."""
        job = delivery.job
        message_id = delivery.slot_message_id or self._board.status_message_id(job)
        media = await job_media.partial_media(self._files, self._texts, job)
        try:
            if media:
                keyboard = result_keyboard(self._texts, job.language, job)
                in_slot = delivery.slot_message_id is not None
                sent = await self._show_media(delivery, media, keyboard, in_slot=in_slot)
            else:
                text = job_media.failure_text(self._texts, job)
                sent = await self._messages.show_text(
                    job, message_id, text, has_media=self._board.is_photo(job)
                )
        except AiogramError as error:
            if classify(error).kind is not OutcomeKind.NO_RIGHT or job.chat_id == job.user_id:
                raise
            text = job_media.failure_text(self._texts, job)
            sent = SentMessage(await self._messages.send_privately(job, text))
        self._board.forget(job.id)
        return sent

    async def _show_media(
        self,
        delivery: Delivery,
        alternatives: list[Media],
        keyboard: InlineKeyboardMarkup | None = None,
        *,
        in_slot: bool = False,
        or_text: bool = True,
    ) -> SentMessage:
        """Show the first alternative that Telegram accepts, in the slot or the status message.

        If it refuses all of them show a text, or, without `or_text`, raise its first error.
        """
        job = delivery.job
        message_id = delivery.slot_message_id if in_slot else self._board.status_message_id(job)
        try:
            if alternatives and message_id is not None:
                with suppress(MessageGone):
                    return await self._messages.show_first(job, message_id, alternatives, keyboard)
            if alternatives:
                message_id = await self._new_line(job, in_slot=in_slot)
                return await self._messages.show_first(job, message_id, alternatives, keyboard)
        except AiogramError as error:
            if not (or_text and classify(error).is_refusal):
                raise
        text_of = job_media.refused_text if alternatives else job_media.lost_text
        text, has_media = text_of(self._texts, job), self._board.is_photo(job)
        return await self._messages.show_text(job, message_id, text, has_media=has_media)

    async def _new_line(self, job: Job, *, in_slot: bool) -> int:
        """Send a line in place of one that is gone, or whose id is unknown; return its id.

        The id is stored: a file that were sent anew would come twice if its answer was lost.
        """
        log.info("job %d: its message is gone, sending a new one", job.id)
        text = job_media.placeholder_text(self._texts, job)
        message_id = await self._messages.send_text(job, text, None)
        if in_slot:
            await outbox.slot_replaced(self._db, job.id, message_id)
        else:
            self._board.replaced[job.id] = (job.chat_id, message_id)
            await outbox.status_replaced(self._db, job.id, message_id)
        return message_id
