"""/forget: a person takes all their words and pictures back, after being asked once."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.context import BotContext
from bot.views.keyboards import JobNumber
from store.gallery import erasure


class Forget(CallbackData, prefix="forget"):
    """Erase all of this person, or leave it as it is."""

    user: JobNumber
    sure: bool


def router() -> Router:
    router = Router(name="forget")
    router.message.register(command, Command("forget", ignore_case=True))
    router.callback_query.register(confirm, Forget.filter())
    return router


async def command(message: Message, context: BotContext, language: str) -> None:
    person = message.from_user
    if person is None or message.sender_chat is not None:
        context.replies.answer(message, context.texts(language, "forget-own-name"))
        return
    count = await erasure.count_user_data(context.db, person.id)
    if count == 0:
        context.replies.answer(message, context.texts(language, "forget-nothing"))
        return

    def button(key: str, sure: bool) -> InlineKeyboardButton:
        data = Forget(user=person.id, sure=sure).pack()
        return InlineKeyboardButton(text=context.texts(language, key), callback_data=data)

    rows = [[button("forget-yes", True)], [button("forget-no", False)]]
    keyboard = InlineKeyboardMarkup(inline_keyboard=rows)
    context.replies.answer(message, context.texts(language, "forget-ask", count=count), keyboard)


async def confirm(
    query: CallbackQuery, callback_data: Forget, context: BotContext, language: str
) -> None:
    if query.message is None or callback_data.user != query.from_user.id:
        context.replies.toast(query, context.texts(language, "forget-not-you"), alert=True)
        return
    words = context.texts(language, "forget-kept")
    if callback_data.sure:
        await erasure.forget_user(context.db, query.from_user.id)
        words = context.texts(language, "forget-done")
        context.nudge.set()
        context.replies.run(lambda: _sweep(context))
    context.replies.toast(query)
    context.replies.call(
        EditMessageText(
            chat_id=query.message.chat.id, message_id=query.message.message_id, text=words
        )
    )


async def _sweep(context: BotContext) -> None:
    """At once; what is left over by a crash, `bot.health` sees to."""
    while await erasure.sweep_erasures(context.db, context.files):
        continue
