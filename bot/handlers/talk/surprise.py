"""Handle /random and /daily: pictures whose prompts the bot invents."""

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.context import BotContext
from bot.handlers.permissions import is_administrator
from bot.requests.create_job import create_job
from bot.requests.incoming import IncomingRequest
from bot.requests.requester import AnonymousSender, requester_of_message
from bot.requests.surprises import invented, paint_today
from store.errors import Refused, RequestError
from store.users.daily import set_daily

ON = ("on", "вкл", "да")
OFF = ("off", "выкл", "нет")


def router() -> Router:
    """Return the router of both commands."""
    router = Router(name="surprise")
    router.message.register(draw_surprise, Command("random", ignore_case=True))
    router.message.register(set_daily_picture, Command("daily", ignore_case=True))
    return router


async def draw_surprise(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """Draw something that the engines can, in the person's language."""
    try:
        requester = requester_of_message(message, language)
        request = await invented(context, language)
        key = f"{message.chat.id}:{message.message_id}"
        incoming = IncomingRequest(request, requester, key, apply_preferences=True)
        await create_job(context, incoming, event_update)
    except AnonymousSender:
        context.replies.answer(message, context.texts(language, "draw-own-name"))
    except (RequestError, Refused) as refusal:
        sender = message.from_user.id if message.from_user else 0
        await context.refuse(message, refusal, sender, language)


async def set_daily_picture(
    message: Message, command: CommandObject, context: BotContext, bot: Bot, language: str
) -> None:
    """Begin or end the picture of the day in a chat; in a group its administrators may."""
    word = (command.args or "").strip().lower()
    if word not in (*ON, *OFF):
        await context.hint(message, "daily-usage", language)
        return

    async def act() -> None:
        sender = message.from_user.id if message.from_user else 0
        anonymous = message.sender_chat is not None and message.sender_chat.id == message.chat.id
        allowed = message.chat.type == "private" or anonymous or sender in context.admins
        if not allowed and not await is_administrator(bot, message.chat.id, sender):
            context.replies.answer(message, context.texts(language, "tastes-admins-only"))
            return
        await set_daily(context.db, message.chat.id, language if word in ON else None)
        key = "daily-on" if word in ON else "daily-off"
        context.replies.answer(message, context.texts(language, key))
        if word in ON:
            await paint_today(context)

    context.replies.run(act)
