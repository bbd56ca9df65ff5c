"""Send and edit a job's messages; retry without the reply or the topic if Telegram lost it."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.methods import (
    DeleteMessage,
    DeleteMessages,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.types import (
    InlineKeyboardMarkup,
    InputMediaAnimation,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
    ReplyParameters,
)

from bot.delivery.chat_action import show_chat_action
from bot.delivery.outcomes import OutcomeKind, classify, without_missing_target
from bot.delivery.settings import DeliverySettings
from bot.sent_ids import SentIds
from store.model import Job, TelegramFile

log = logging.getLogger(__name__)

Media = InputMediaAnimation | InputMediaDocument | InputMediaPhoto


class MessageGone(Exception):
    """Raised when the message to edit does not exist any more, or is somebody else's."""

    def __init__(self, *, is_there: bool = False) -> None:
        super().__init__()
        self.is_there = is_there


class NobodyReached(Exception):
    """Raised when a user cannot be written to privately."""


@dataclass(frozen=True)
class SentMessage:
    """A message that Telegram has accepted, and the file in it, which can be sent by its id."""

    message_id: int
    file: TelegramFile | None = None


def file_in(message: object) -> TelegramFile | None:
    """Return the animation, the largest size of the photo, or the document of a message."""
    if not isinstance(message, Message):
        return None
    if message.animation is not None:  # comes as a document too
        return TelegramFile("animation", message.animation.file_id)
    if message.photo:
        return TelegramFile("photo", message.photo[-1].file_id)
    return TelegramFile("document", message.document.file_id) if message.document else None


class JobMessenger:
    """Call Telegram for the chat of a job. Errors that cannot be cured here are raised."""

    def __init__(self, bot: Bot, settings: DeliverySettings | None = None) -> None:
        self._bot, self._settings = bot, settings or DeliverySettings()
        self.ids = SentIds(lambda error: classify(error).may_have_been_executed)
        bot.session.middleware(self.ids)

    async def send_text(
        self, job: Job, text: str, keyboard: InlineKeyboardMarkup | None, *, silent: bool = False
    ) -> int:
        """Send a new message and return its id; silent: the phone does not ring."""
        target = _destination(job, keyboard)
        sent = await self._send(
            SendMessage(**target, text=text, disable_notification=silent or None)
        )
        return sent.message_id

    async def send_privately(self, job: Job, text: str) -> int:
        """Send a message to the private chat with the job's user, and return its id.

        Raises NobodyReached where there is no such chat.
        """
        try:
            return (await self._send(SendMessage(chat_id=job.user_id, text=text))).message_id
        except AiogramError as error:
            outcome = classify(error)
            if outcome.kind is OutcomeKind.CHAT_CLOSED or outcome.is_refusal:
                raise NobodyReached(str(error)) from error
            raise

    async def show_first(
        self,
        job: Job,
        message_id: int,
        alternatives: Sequence[Media],
        keyboard: InlineKeyboardMarkup | None,
    ) -> SentMessage:
        """Show the first alternative that Telegram accepts in place of a message.

        If all of them are refused, the first refusal is raised. Raises MessageGone.
        """
        return await self._first(
            job, alternatives, lambda media: self.edit_media(job, message_id, media, keyboard)
        )

    async def send_first(
        self, job: Job, alternatives: Sequence[Media], keyboard: InlineKeyboardMarkup | None
    ) -> SentMessage:
        """Send the first alternative that Telegram accepts, as a new message with a photo or file.

        If all of them are refused, the first refusal is raised.
        """
        return await self._first(
            job, alternatives, lambda media: self._send(_new_file(job, media, keyboard))
        )

    async def _first(
        self,
        job: Job,
        alternatives: Sequence[Media],
        call: Callable[[Media], Awaitable[SentMessage]],
    ) -> SentMessage:
        refusals: list[AiogramError] = []
        for media in alternatives:
            try:
                async with self.uploading(job, media):
                    return await call(media)
            except AiogramError as error:
                if not classify(error).is_refusal:
                    raise
                log.info("job %d: %s refused: %s", job.id, media.type, error)
                refusals.append(error)
        raise refusals[0]

    async def show_text(
        self, job: Job, message_id: int | None, text: str, *, has_media: bool
    ) -> SentMessage:
        """Edit the text of a message, or send a new one if it is gone."""
        if message_id is not None:
            with suppress(MessageGone):
                await self.edit_text(job, message_id, text, None, has_media=has_media)
                return SentMessage(message_id)
        return SentMessage(await self.send_text(job, text, None))

    async def edit_text(
        self,
        job: Job,
        message_id: int,
        text: str,
        keyboard: InlineKeyboardMarkup | None,
        *,
        has_media: bool,
    ) -> None:
        """Edit the text of a message, or its caption if it has media.

        has_media: the caller's guess; if Telegram disagrees, the other one is edited.

        Raises MessageGone.
        """
        message: dict[str, Any] = {"chat_id": job.chat_id, "message_id": message_id}
        message["reply_markup"] = keyboard
        both: list[EditMessageText | EditMessageCaption] = [
            EditMessageText(**message, text=text),
            EditMessageCaption(**message, caption=text),
        ]
        first, second = reversed(both) if has_media else both
        try:
            await self.edit(first)
        except TelegramBadRequest as error:
            if classify(error).kind is not OutcomeKind.OTHER_CONTENT:
                raise
            await self.edit(second)

    async def edit_media(
        self, job: Job, message_id: int, media: Media, keyboard: InlineKeyboardMarkup | None
    ) -> SentMessage:
        """Replace the content of a message, with or without media, by this. Raises MessageGone."""
        edited = await self.edit(
            EditMessageMedia(
                chat_id=job.chat_id, message_id=message_id, media=media, reply_markup=keyboard
            )
        )
        return SentMessage(message_id, file_in(edited))

    def uploading(self, job: Job, media: Media) -> AbstractAsyncContextManager[None]:
        """Show in the chat that a file is being uploaded, until the block ends."""
        return show_chat_action(self._bot, job.chat_id, job.thread_id, media, self._settings)

    async def delete(self, job: Job, *message_ids: int) -> bool:
        """Delete messages; return False if one is gone already or older than 48 hours."""
        method: DeleteMessage | DeleteMessages
        if len(message_ids) == 1:
            method = DeleteMessage(chat_id=job.chat_id, message_id=message_ids[0])
        else:
            method = DeleteMessages(chat_id=job.chat_id, message_ids=list(message_ids))
        try:
            await self._call(method)
        except TelegramBadRequest as error:
            if classify(error).kind is not OutcomeKind.UNDELETABLE:
                raise
            return False
        return True

    async def _send(self, method: TelegramMethod[Any]) -> SentMessage:
        while True:
            try:
                sent = await self._call(method)
                return SentMessage(int(sent.message_id), file_in(sent))
            except TelegramBadRequest as error:
                reduced = without_missing_target(method, classify(error))
                if reduced is None:
                    raise
                method = reduced

    async def edit(self, method: TelegramMethod[Any]) -> Any:
        """Return the edited message, or None if it already read so. Raises MessageGone."""
        try:
            return await self._call(method)
        except TelegramBadRequest as error:
            match classify(error).kind:
                case OutcomeKind.NOT_MODIFIED:
                    return None
                case OutcomeKind.MESSAGE_GONE | OutcomeKind.UNEDITABLE as kind:
                    raise MessageGone(is_there=kind is OutcomeKind.UNEDITABLE) from None
                case _:
                    raise

    async def _call(self, method: Any) -> Any:
        timeout = self._settings.text_timeout_s
        if isinstance(method, EditMessageMedia | SendMessage | SendPhoto | SendDocument):
            timeout = self._settings.upload_timeout_s
        return await self._bot(method, request_timeout=timeout)


def _destination(job: Job, keyboard: InlineKeyboardMarkup | None) -> dict[str, Any]:
    """Return the fields that reply to the job's request, in its topic, even if it was deleted."""
    request = ReplyParameters(message_id=job.message_id, allow_sending_without_reply=True)
    return {
        "chat_id": job.chat_id,
        "message_thread_id": job.thread_id,
        "reply_parameters": request if job.message_id else None,
        "reply_markup": keyboard,
    }


def _new_file(
    job: Job, media: Media, keyboard: InlineKeyboardMarkup | None
) -> SendPhoto | SendDocument:
    """Return the call that sends a photo or a file by itself."""
    target: dict[str, Any] = {**_destination(job, keyboard), "caption": media.caption}
    if isinstance(media, InputMediaPhoto):
        return SendPhoto(**target, photo=media.media, has_spoiler=media.has_spoiler)
    return SendDocument(**target, document=media.media, disable_content_type_detection=True)
