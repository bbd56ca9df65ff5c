"""/broadcast: a message to every chat, once its author has seen how many that are."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, Message, Update
from aiogram.utils.text_decorations import html_decoration

from bot.context import BotContext
from bot.handlers.admin.arguments import UsageError
from bot.views import keyboards
from bot.views.formatting import utf16
from bot.views.keyboards import BroadcastAction
from store.audit import AdminCommand
from store.messages import broadcasts

MESSAGE_LIMIT = 4096  # UTF-16 units


def router() -> Router:
    router = Router(name="broadcast")
    router.message.register(broadcast, Command("broadcast", ignore_case=True))
    router.callback_query.register(button, BroadcastAction.filter())
    return router


async def broadcast(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """Shows it as it will look, with its markup, and asks."""
    words = _words(message)
    if not words:
        raise UsageError("usage-broadcast")
    assert message.from_user is not None
    order = AdminCommand(message.from_user.id, event_update.update_id)
    drafted = await broadcasts.create_draft(context.db, order, words, language)
    if drafted is None:
        return
    number, chats = drafted
    question = context.texts(language, "cast-confirm", count=chats)
    both = f"{words}\n\n{question}"
    text = both if utf16(both) <= MESSAGE_LIMIT else question
    context.replies.answer(
        message, text, keyboards.broadcast_draft(context.texts, language, number)
    )


def _words(message: Message) -> str:
    """What comes after the command, as HTML: the markup of a message counts from its start.

    Nothing of a caption: its picture would not come along.
    """
    text = message.text or ""
    if not text:
        return ""
    words = text.partition(text.split()[0])[2].lstrip()
    start = utf16(text) - utf16(words)
    entities = []
    for one in message.entities or []:
        first, last = max(one.offset, start), one.offset + one.length
        if first < last:
            shifted = {"offset": first - start, "length": last - first}
            entities.append(one.model_copy(update=shifted))
    return html_decoration.unparse(words, entities)


async def button(
    query: CallbackQuery,
    callback_data: BroadcastAction,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Every step is taken once, whoever of the administrators taps and how often."""
    order = AdminCommand(query.from_user.id, event_update.update_id)
    message, number = query.message, callback_data.id
    done = False
    if message is not None:
        match callback_data.action:
            case "send":
                place = (message.chat.id, message.message_id)
                done = await broadcasts.start(context.db, order, number, *place)
            case "drop":
                done = await broadcasts.discard(context.db, number)
            case "stop":
                done = await broadcasts.stop(context.db, order, number)
    key = f"cast-{callback_data.action}" if done else "alert-stale"
    context.replies.toast(query, context.texts(language, key))
    if done and message is not None and callback_data.action == "drop":
        # Of a broadcast that was sent the postman alone says how it goes on.
        text = context.texts(language, "cast-dropped")
        context.replies.call(
            EditMessageText(chat_id=message.chat.id, message_id=message.message_id, text=text)
        )
