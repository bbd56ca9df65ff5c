"""/me: what somebody has used, what is left, and when there is more."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.asker import OwnNameNeeded, asker_of
from bot.desk import Desk
from store.credits import MINUTE_MS, Account, standing


def router() -> Router:
    router = Router(name="me")
    router.message.register(me, Command("me", ignore_case=True))
    return router


async def me(message: Message, desk: Desk, language: str) -> None:
    """In a group also what the group shares; an administrator who is anonymous sees just that."""
    try:
        asker = asker_of(message, language)
    except OwnNameNeeded:
        desk.replies.answer(message, desk.texts(language, "draw-own-name"))
        return
    found = await standing(desk.db, asker.user_id, asker.chat_id, desk.limits)
    whose = "me-own" if asker.user_id > 0 else "me-group"
    lines = [desk.texts(language, whose, **_values(found.own))]
    if found.own.granted:
        lines.append(desk.texts(language, "me-granted", count=found.own.granted))
    if found.group is not None:
        lines.append(desk.texts(language, "me-group", **_values(found.group)))
    lines.append(desk.texts(language, "me-rule"))
    desk.replies.answer(message, "\n".join(lines))


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
