"""A button under a picture, pressed by somebody who may."""

from dataclasses import dataclass

from aiogram import Bot
from aiogram.types import CallbackQuery, Message, ReplyParameters, Update

from bot.context import BotContext
from bot.telegram import thread_of
from store.model import Job, Requester


@dataclass(frozen=True)
class ButtonPress:
    """Somebody has pressed a button under a picture."""

    query: CallbackQuery
    job: Job
    serial: int
    context: BotContext
    bot: Bot
    update: Update
    language: str

    @property
    def chat_id(self) -> int:
        """Where the picture is."""
        assert self.query.message is not None
        return self.query.message.chat.id

    @property
    def message_id(self) -> int:
        """The message with the picture."""
        assert self.query.message is not None
        return self.query.message.message_id

    @property
    def thread_id(self) -> int | None:
        """The topic, if it is in one."""
        message = self.query.message
        return thread_of(message) if isinstance(message, Message) else None

    @property
    def requester(self) -> Requester:
        """Who is charged for what comes of it: who pressed, or the chat for its own picture."""
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
        """To the picture."""
        return ReplyParameters(message_id=self.message_id, allow_sending_without_reply=True)

    def say(self, key: str, **values: object) -> str:
        """A message of the texts, in the language of who pressed."""
        return self.context.texts(self.language, key, **values)

    def toast(self, key: str | None = None, *, alert: bool = False) -> None:
        """Answers the button, in silence or with a message of the texts."""
        self.context.replies.toast(self.query, self.say(key) if key else None, alert=alert)
