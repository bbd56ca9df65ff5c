"""Answer small talk, and the bot's bare name, in a private chat: none of it is painted."""

import re

from aiogram import Bot, F, Router
from aiogram.filters import Filter
from aiogram.types import Message, Update

from bot.context import BotContext
from bot.handlers import cancel, help
from bot.handlers.talk import keep, surprise
from bot.views import keyboards
from store.talk.small_talk import SmallTalk, small_talk

_NAME = re.compile(r"@(\w{3,32})\W*")


class IsSmallTalk(Filter):
    """Match texts that ask for no picture; pass their kind to the handler as `kind`."""

    async def __call__(self, message: Message, bot: Bot) -> bool | dict[str, SmallTalk]:
        """Return the kind, or False."""
        text = (message.text or "").strip()
        if name := _NAME.fullmatch(text):
            me = await bot.me()  # cached since the start, so no call
            return {"kind": "start"} if name[1].lower() == (me.username or "").lower() else False
        kind = small_talk(text)
        return {"kind": kind} if kind else False


def router() -> Router:
    """Return the router; register it before the one that draws any text."""
    router = Router(name="small_talk")
    router.message.register(
        answer, F.chat.type == "private", F.text, ~F.text.startswith("/"), IsSmallTalk()
    )
    return router


async def answer(
    message: Message, kind: SmallTalk, context: BotContext, event_update: Update, language: str
) -> None:
    """Do what the words ask for, or answer them."""
    match kind:
        case "cancel":
            await cancel.cancel_newest(message, context, event_update, language)
        case "enough":
            await keep.keep_newest(message, context, language)
        case "surprise":
            await surprise.draw_surprise(message, context, event_update, language)
        case "start":
            await help.start(message, context, language)
        case "help":
            await help.show_help(message, context, language)
        case _:
            example = keyboards.example_prompt(context.texts, language, 0)
            await context.hint(message, f"talk-{kind}", language, example=example)
