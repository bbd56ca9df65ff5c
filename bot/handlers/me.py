"""Handle /me: used and remaining credits, and when they are renewed."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.context import BotContext
from bot.requests.requester import AnonymousSender, requester_of_message
from store.durations import MINUTE_MS
from store.users.credits import Account, balances


def router() -> Router:
    """Return the router of /me."""
    router = Router(name="me")
    router.message.register(show_credits, Command("me", ignore_case=True))
    return router


async def show_credits(message: Message, context: BotContext, language: str) -> None:
    """Show the user's credits and, in a group, those that the group shares.

    An administrator who writes anonymously, as the group, sees only the group's.
    """
    try:
        requester = requester_of_message(message, language)
    except AnonymousSender:
        context.replies.answer(message, context.texts(language, "draw-own-name"))
        return
    credits = await balances(context.db, requester.user_id, requester.chat_id, context.limits)
    # A sender with a negative id is the group itself: an anonymous administrator.
    key = "me-own" if requester.user_id > 0 else "me-group"
    lines = [context.texts(language, key, **_values(credits.own))]
    if credits.own.granted:
        lines.append(context.texts(language, "me-granted", count=credits.own.granted))
    if credits.group is not None:
        lines.append(context.texts(language, "me-group", **_values(credits.group)))
    lines.append(context.texts(language, "me-rule"))
    context.replies.answer(message, "\n".join(lines))


def _values(account: Account) -> dict[str, int]:
    hours, minutes = divmod(-(-account.resets_in // MINUTE_MS), 60)
    return {
        "used": account.used,
        "daily": account.daily,
        "left": account.left,
        "free": account.free,
        "hours": hours,
        "minutes": minutes,
    }
