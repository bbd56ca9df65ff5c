"""Handle /me: used and remaining credits, and when they are renewed."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.context import BotContext
from bot.handlers.permissions import account_of
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
    requester = account_of(message, context, language)
    if requester is None:
        return
    credits = await balances(context.db, requester.user_id, requester.chat_id, context.limits)
    # A sender with a negative id is the group itself: an anonymous administrator.
    own, group = credits.own, credits.group
    key = "me-own" if own.id > 0 else "me-group"
    if own.id > 0 and not own.daily and not own.left:
        key = "me-none"
    lines = [context.texts(language, key, **_values(own))]
    if own.granted:
        lines.append(context.texts(language, "me-granted", count=own.granted))
    if group is not None:
        lines.append(context.texts(language, "me-group", **_values(group)))
        if credits.from_group < group.left:
            lines.append(context.texts(language, "me-usable", count=credits.from_group))
    lines.append(context.texts(language, "me-rule"))
    if own.id > 0:
        lines.append(context.texts(language, "me-number", id=str(own.id)))
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
