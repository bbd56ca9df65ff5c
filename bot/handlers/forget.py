"""Handle /forget: delete a user's prompts and pictures after a confirmation."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.context import BotContext
from bot.views.keyboards import CallbackId
from store.gallery import erasure


class Forget(CallbackData, prefix="forget"):
    """Callback data of the confirmation: erase this user's data, or cancel."""

    user: CallbackId
    sure: bool


def router() -> Router:
    """Return the router of /forget and its confirmation."""
    router = Router(name="forget")
    router.message.register(ask_to_confirm, Command("forget", ignore_case=True))
    router.callback_query.register(erase_or_keep, Forget.filter())
    return router


async def ask_to_confirm(message: Message, context: BotContext, language: str) -> None:
    """Say how much would be deleted, with buttons to confirm or to cancel."""
    user = message.from_user
    if user is None or message.sender_chat is not None:
        context.replies.answer(message, context.texts(language, "forget-own-name"))
        return
    count = await erasure.count_user_data(context.db, user.id)
    if count == 0:
        context.replies.answer(message, context.texts(language, "forget-nothing"))
        return

    def button(key: str, sure: bool) -> InlineKeyboardButton:
        data = Forget(user=user.id, sure=sure).pack()
        return InlineKeyboardButton(text=context.texts(language, key), callback_data=data)

    rows = [[button("forget-yes", True)], [button("forget-no", False)]]
    keyboard = InlineKeyboardMarkup(inline_keyboard=rows)
    context.replies.answer(message, context.texts(language, "forget-ask", count=count), keyboard)


async def erase_or_keep(
    query: CallbackQuery, callback_data: Forget, context: BotContext, language: str
) -> None:
    """Erase the data of the user who pressed, if the question was theirs and they confirmed."""
    if query.message is None or callback_data.user != query.from_user.id:
        context.replies.toast(query, context.texts(language, "forget-not-you"), alert=True)
        return
    text = context.texts(language, "forget-kept")
    if callback_data.sure:
        await erasure.forget_user(context.db, query.from_user.id)
        text = context.texts(language, "forget-done")
        context.nudge.set()
        context.replies.run(lambda: _sweep(context))
    context.replies.toast(query)
    context.replies.call(
        EditMessageText(
            chat_id=query.message.chat.id, message_id=query.message.message_id, text=text
        )
    )


async def _sweep(context: BotContext) -> None:
    """Delete the files now; `bot.health` deletes what a crash leaves over."""
    while await erasure.sweep_erasures(context.db, context.files):
        continue
