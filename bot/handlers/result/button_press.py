"""Describe a permitted press of a button under a result."""

from dataclasses import dataclass

from aiogram import Bot
from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
    Update,
)

from bot.context import BotContext
from bot.telegram import thread_of
from store.model import Job, Requester


@dataclass(frozen=True)
class ButtonPress:
    """A press of a button under a result, with everything that its action needs."""

    query: CallbackQuery
    job: Job
    serial: int
    context: BotContext
    bot: Bot
    update: Update
    language: str

    @property
    def chat_id(self) -> int:
        """Return the chat of the result."""
        assert self.query.message is not None
        return self.query.message.chat.id

    @property
    def message_id(self) -> int:
        """Return the id of the message with the result."""
        assert self.query.message is not None
        return self.query.message.message_id

    @property
    def thread_id(self) -> int | None:
        """Return the topic of the result, if it is in one."""
        message = self.query.message
        return thread_of(message) if isinstance(message, Message) else None

    @property
    def requester(self) -> Requester:
        """Return the account to charge: the user who pressed, or the chat that owns the job."""
        assert self.query.message is not None
        job = self.job
        return Requester(
            user_id=job.user_id if job.user_id == job.chat_id else self.query.from_user.id,
            chat_id=self.chat_id,
            chat_type=self.query.message.chat.type,
            message_id=self.message_id,
            thread_id=self.thread_id,
            language=self.language,
        )

    @property
    def reply(self) -> ReplyParameters:
        """Return the parameters of a reply to the result."""
        return ReplyParameters(message_id=self.message_id, allow_sending_without_reply=True)

    def text(self, key: str, **values: object) -> str:
        """Return a text in the language of the user who pressed."""
        return self.context.texts(self.language, key, **values)

    def show_keyboard(self, keyboard: InlineKeyboardMarkup) -> None:
        """Answer the press silently and replace the buttons."""
        self.toast()
        self.context.replies.call(
            EditMessageReplyMarkup(
                chat_id=self.chat_id, message_id=self.message_id, reply_markup=keyboard
            )
        )

    def toast(self, key: str | None = None, *, alert: bool = False) -> None:
        """Answer the press, silently or with a text."""
        self.context.replies.toast(self.query, self.text(key) if key else None, alert=alert)
