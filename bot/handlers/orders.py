"""/quota, /grant, /ban, /unban, /pause, /resume and /drop: what administrators change."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.addressee import Misread, addressee, whole
from bot.captions import cut
from bot.desk import Desk
from bot.faces import called
from store import administration, people
from store.audit import Order
from store.credits import limits_of
from store.rules import Adjustable

MOST = 1_000_000  # credits: more is a slip of the finger
REASON = 200
AS_BEFORE = ("default", "-")
FOR_ALL: dict[str, Adjustable] = {"default": "daily_credits", "chats": "group_credits"}


def router() -> Router:
    router = Router(name="orders")
    for handler in (quota, grant, ban, unban, pause, resume, drop):
        router.message.register(handler, Command(handler.__name__, ignore_case=True))
    return router


async def quota(
    message: Message, command: CommandObject, desk: Desk, event_update: Update, language: str
) -> None:
    """Free credits a day: of one, of a group, of everybody; without words, what holds now."""
    words = (command.args or "").split()
    order = _order(message, event_update)
    if not words:
        limits = await limits_of(desk.db, desk.limits)
        people_daily, group_daily = limits.daily_credits, limits.group_credits
        text = desk.texts(language, "quota-now", people=people_daily, groups=group_daily)
        desk.replies.answer(message, text)
        return
    if words[0].lower() in FOR_ALL and len(words) == 2:
        name, daily = FOR_ALL[words[0].lower()], _daily(words[1])
        limits_now = await administration.set_default(desk.db, order, name, daily, desk.limits)
        if limits_now is not None:
            count = getattr(limits_now, name)
            desk.replies.answer(message, desk.texts(language, f"quota-{name}", count=count))
        return
    if words[0].lower() == "chat":
        account_id, daily = _this_chat(message), _daily(" ".join(words[1:]))
    else:
        account_id, rest = await addressee(
            desk.db, message, command.args, "usage-quota", number_follows=True
        )
        daily = _daily(rest)
    account = await administration.set_quota(desk.db, order, account_id, daily, desk.limits)
    if account is not None:
        who = await _called(desk, account_id)
        values = {"who": who, "count": account.daily, "left": account.left}
        desk.replies.answer(message, desk.texts(language, "quota-set", **values))


async def grant(
    message: Message, command: CommandObject, desk: Desk, event_update: Update, language: str
) -> None:
    """Credits that do not vanish at midnight; a negative number takes them back."""
    account_id, rest = await addressee(
        desk.db, message, command.args, "usage-grant", number_follows=True
    )
    amount = whole(rest)
    if amount is None or not 0 < abs(amount) <= MOST:
        raise Misread("usage-grant")
    granted = await administration.grant(
        desk.db, _order(message, event_update), account_id, amount, desk.limits
    )
    if granted is not None:
        key = "grant-given" if amount > 0 else "grant-taken" if granted.amount else "grant-none"
        values = {"who": await _called(desk, account_id), "left": granted.account.left}
        text = desk.texts(language, key, **values, count=abs(granted.amount))
        desk.replies.answer(message, text)


async def ban(
    message: Message, command: CommandObject, desk: Desk, event_update: Update, language: str
) -> None:
    user_id, reason = await addressee(desk.db, message, command.args, "usage-ban")
    if user_id in desk.admins:
        raise Misread("ban-admin")
    stopped = await administration.ban(
        desk.db, _order(message, event_update), user_id, cut(reason, REASON)
    )
    if stopped is not None:
        desk.nudge.set()
        values = {"who": await _called(desk, user_id), "stopped": stopped}
        desk.replies.answer(message, desk.texts(language, "ban-done", **values))


async def unban(
    message: Message, command: CommandObject, desk: Desk, event_update: Update, language: str
) -> None:
    user_id, _ = await addressee(desk.db, message, command.args, "usage-unban")
    freed = await administration.unban(desk.db, _order(message, event_update), user_id)
    if freed is not None:
        key = "unban-done" if freed else "unban-none"
        desk.replies.answer(message, desk.texts(language, key, who=await _called(desk, user_id)))


async def pause(
    message: Message, command: CommandObject, desk: Desk, event_update: Update, language: str
) -> None:
    """New requests are refused with one sentence, and what was accepted is painted to its end.

    Not kept waiting: nobody knows when a pause ends, and an empty queue is what one is made for.
    (Requests do wait while only the engine is away.)
    """
    reason = cut((command.args or "").strip(), REASON)
    if await administration.pause(desk.db, _order(message, event_update), reason):
        desk.replies.answer(message, desk.texts(language, "pause-done"))


async def resume(message: Message, desk: Desk, event_update: Update, language: str) -> None:
    resumed = await administration.resume(desk.db, _order(message, event_update))
    if resumed is not None:
        key = "resume-done" if resumed else "resume-none"
        desk.replies.answer(message, desk.texts(language, key))


async def drop(
    message: Message, command: CommandObject, desk: Desk, event_update: Update, language: str
) -> None:
    """Anybody's picture, by its number in /queue; paid back, and the asker is told."""
    job_id = whole((command.args or "").strip().lstrip("#"))
    if job_id is None or job_id <= 0:
        raise Misread("usage-drop")
    outcome = await administration.drop(desk.db, _order(message, event_update), job_id)
    if outcome is not None:
        desk.nudge.set()
        desk.replies.answer(message, desk.texts(language, f"drop-{outcome}", job=job_id))


def _order(message: Message, update: Update) -> Order:
    assert message.from_user is not None  # or it would not be an administrator's
    return Order(message.from_user.id, update.update_id)


def _daily(word: str) -> int | None:
    """Credits a day; None for as many as without an order."""
    if word.lower() in AS_BEFORE:
        return None
    number = whole(word)
    if number is None or not 0 <= number <= MOST:
        raise Misread("usage-quota")
    return number


def _this_chat(message: Message) -> int:
    if message.chat.id > 0:
        raise Misread("usage-quota")
    return message.chat.id


async def _called(desk: Desk, account_id: int) -> str:
    return called(await people.face_of(desk.db, account_id), account_id)
