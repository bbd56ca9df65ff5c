"""/forget: a person takes all their words and pictures back, after being asked once."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.desk import Desk
from bot.keyboards import Number
from store import forgetting


class Forget(CallbackData, prefix="forget"):
    """Erase all of this person, or leave it as it is."""

    user: Number
    sure: bool


def router() -> Router:
    router = Router(name="forget")
    router.message.register(command, Command("forget", ignore_case=True))
    router.callback_query.register(confirm, Forget.filter())
    return router


async def command(message: Message, desk: Desk, language: str) -> None:
    person = message.from_user
    if person is None or message.sender_chat is not None:
        desk.replies.answer(message, desk.texts(language, "forget-own-name"))
        return
    count = await forgetting.count(desk.db, person.id)
    if count == 0:
        desk.replies.answer(message, desk.texts(language, "forget-nothing"))
        return

    def button(key: str, sure: bool) -> InlineKeyboardButton:
        data = Forget(user=person.id, sure=sure).pack()
        return InlineKeyboardButton(text=desk.texts(language, key), callback_data=data)

    rows = [[button("forget-yes", True)], [button("forget-no", False)]]
    keyboard = InlineKeyboardMarkup(inline_keyboard=rows)
    desk.replies.answer(message, desk.texts(language, "forget-ask", count=count), keyboard)


async def confirm(query: CallbackQuery, callback_data: Forget, desk: Desk, language: str) -> None:
    if query.message is None or callback_data.user != query.from_user.id:
        desk.replies.toast(query, desk.texts(language, "forget-not-you"), alert=True)
        return
    words = desk.texts(language, "forget-kept")
    if callback_data.sure:
        await forgetting.forget(desk.db, query.from_user.id)
        words = desk.texts(language, "forget-done")
        desk.nudge.set()
        desk.replies.run(lambda: _sweep(desk))
    desk.replies.toast(query)
    desk.replies.call(
        EditMessageText(
            chat_id=query.message.chat.id, message_id=query.message.message_id, text=words
        )
    )


async def _sweep(desk: Desk) -> None:
    """At once; what is left over by a crash, `bot.health` sees to."""
    while await forgetting.sweep(desk.db, desk.files):
        continue
