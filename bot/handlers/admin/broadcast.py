"""Handle /broadcast: a message to every chat, after a confirmation."""

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
    """Return the router of /broadcast and its buttons."""
    router = Router(name="broadcast")
    router.message.register(draft_broadcast, Command("broadcast", ignore_case=True))
    router.callback_query.register(change_broadcast, BroadcastAction.filter())
    return router


async def draft_broadcast(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """Show the message as it will look, with the number of chats, and ask to confirm."""
    text = _html_after_command(message)
    if not text:
        raise UsageError("usage-broadcast")
    assert message.from_user is not None
    command = AdminCommand(message.from_user.id, event_update.update_id)
    drafted = await broadcasts.create_draft(context.db, command, text, language)
    if drafted is None:
        return
    broadcast_id, chats = drafted
    question = context.texts(language, "cast-confirm", count=chats)
    preview = f"{text}\n\n{question}"
    if utf16(preview) > MESSAGE_LIMIT:
        preview = question
    context.replies.answer(
        message, preview, keyboards.broadcast_draft(context.texts, language, broadcast_id)
    )


def _html_after_command(message: Message) -> str:
    """Return the text after the command as HTML; empty for a caption, whose image would be lost.

    The offsets of the entities are shifted, since they count from the start of the message.
    """
    text = message.text or ""
    if not text:
        return ""
    rest = text.partition(text.split()[0])[2].lstrip()
    start = utf16(text) - utf16(rest)
    entities = []
    for entity in message.entities or []:
        first, last = max(entity.offset, start), entity.offset + entity.length
        if first < last:
            shifted = {"offset": first - start, "length": last - first}
            entities.append(entity.model_copy(update=shifted))
    return html_decoration.unparse(rest, entities)


async def change_broadcast(
    query: CallbackQuery,
    callback_data: BroadcastAction,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Send, discard or stop a broadcast once, whichever administrator presses and how often."""
    command = AdminCommand(query.from_user.id, event_update.update_id)
    message, broadcast_id = query.message, callback_data.id
    done = False
    if message is not None:
        match callback_data.action:
            case "send":
                place = (message.chat.id, message.message_id)
                done = await broadcasts.start(context.db, command, broadcast_id, *place)
            case "drop":
                done = await broadcasts.discard(context.db, broadcast_id)
            case "stop":
                done = await broadcasts.stop(context.db, command, broadcast_id)
    key = f"cast-{callback_data.action}" if done else "alert-stale"
    context.replies.toast(query, context.texts(language, key))
    if done and message is not None and callback_data.action == "drop":
        # The progress of a broadcast that was sent is shown by the AnnouncementSender alone.
        text = context.texts(language, "cast-dropped")
        context.replies.call(
            EditMessageText(chat_id=message.chat.id, message_id=message.message_id, text=text)
        )
