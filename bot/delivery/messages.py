"""Sending and editing messages, with Telegram's refusals that have a cure cured."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    DeleteMessage,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
    SendAnimation,
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
from bot.delivery.outcomes import OutcomeKind, TelegramOutcome, classify
from store.model import Job, TelegramFile

TEXT_TIMEOUT_S = 10
UPLOAD_TIMEOUT_S = 25  # also of a new line: whoever gives it up too soon sends it twice

Media = InputMediaAnimation | InputMediaDocument | InputMediaPhoto
NewMessage = SendAnimation | SendDocument | SendMessage | SendPhoto


class MessageGone(Exception):
    """The message that was to be edited is there no more."""


@dataclass(frozen=True)
class SentMessage:
    """A message that Telegram has, and the file in it, to be sent again by its id."""

    message_id: int
    file: TelegramFile | None = None


def file_in(message: object) -> TelegramFile | None:
    """The animation, the largest size of the photo, or the document."""
    if not isinstance(message, Message):
        return None
    if message.animation is not None:  # comes as a document too
        return TelegramFile("animation", message.animation.file_id)
    if message.photo:
        return TelegramFile("photo", message.photo[-1].file_id)
    return TelegramFile("document", message.document.file_id) if message.document else None


def without_missing_target(
    method: TelegramMethod[Any], outcome: TelegramOutcome
) -> TelegramMethod[Any] | None:
    """Return the method without its missing reply or topic; None if neither is at fault."""
    field = {
        OutcomeKind.REPLY_GONE: "reply_parameters",
        OutcomeKind.TOPIC_GONE: "message_thread_id",
    }.get(outcome.kind)
    if field is None or getattr(method, field, None) is None:
        return None
    return method.model_copy(update={field: None})


class JobMessenger:
    """Everything goes to the chat of a job. Errors that have no cure here are the caller's."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send_line(self, job: Job, text: str, keyboard: InlineKeyboardMarkup | None) -> int:
        """A new message; its id."""
        return (await self._send(SendMessage(**_to(job, keyboard), text=text))).message_id

    async def send_media(
        self, job: Job, media: Media, keyboard: InlineKeyboardMarkup | None
    ) -> SentMessage:
        """A new message with a file."""
        to = {**_to(job, keyboard), "caption": media.caption}
        match media:
            case InputMediaAnimation(media=file, has_spoiler=veil):
                return await self._send(SendAnimation(**to, animation=file, has_spoiler=veil))
            case InputMediaPhoto(media=file, has_spoiler=veil):
                return await self._send(SendPhoto(**to, photo=file, has_spoiler=veil))
            case _:  # has no veil, but shows nothing until it is opened
                return await self._send(SendDocument(**to, document=media.media))

    async def edit_line(
        self,
        job: Job,
        message_id: int,
        text: str,
        keyboard: InlineKeyboardMarkup | None,
        *,
        has_media: bool,
    ) -> None:
        """The text of a message, or the caption where it has become a picture; MessageGone."""
        place: dict[str, Any] = {"chat_id": job.chat_id, "message_id": message_id}
        place["reply_markup"] = keyboard
        both: list[EditMessageText | EditMessageCaption] = [
            EditMessageText(**place, text=text),
            EditMessageCaption(**place, caption=text),
        ]
        first, second = reversed(both) if has_media else both
        try:
            await self._edit(first)
        except TelegramBadRequest as error:
            if classify(error).kind is not OutcomeKind.OTHER_CONTENT:
                raise
            await self._edit(second)

    async def edit_media(
        self, job: Job, message_id: int, media: Media, keyboard: InlineKeyboardMarkup | None
    ) -> SentMessage:
        """Any message of ours becomes this; MessageGone."""
        edited = await self._edit(
            EditMessageMedia(
                chat_id=job.chat_id, message_id=message_id, media=media, reply_markup=keyboard
            )
        )
        return SentMessage(message_id, file_in(edited))

    def uploading(self, job: Job, media: Media) -> AbstractAsyncContextManager[None]:
        """Within it the chat sees that a file is on its way."""
        return show_chat_action(self._bot, job.chat_id, job.thread_id, media)

    async def delete(self, job: Job, message_id: int) -> bool:
        """False where Telegram leaves it: after 48 hours, or where it is gone already."""
        try:
            await self._call(DeleteMessage(chat_id=job.chat_id, message_id=message_id))
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

    async def _edit(self, method: TelegramMethod[Any]) -> Any:
        """The message as it is now, or None where it was so already."""
        try:
            return await self._call(method)
        except TelegramBadRequest as error:
            match classify(error).kind:
                case OutcomeKind.NOT_MODIFIED:
                    return None
                case OutcomeKind.MESSAGE_GONE:
                    raise MessageGone from None
                case _:
                    raise

    async def _call(self, method: Any) -> Any:
        timeout = TEXT_TIMEOUT_S
        if isinstance(method, EditMessageMedia | NewMessage):
            timeout = UPLOAD_TIMEOUT_S
        return await self._bot(method, request_timeout=timeout)


def _to(job: Job, keyboard: InlineKeyboardMarkup | None) -> dict[str, Any]:
    """A reply to the request, in its topic, even where the request has been deleted."""
    request = ReplyParameters(message_id=job.message_id, allow_sending_without_reply=True)
    return {
        "chat_id": job.chat_id,
        "message_thread_id": job.thread_id,
        "reply_parameters": request if job.message_id else None,
        "reply_markup": keyboard,
    }
