"""/quota, /grant, /ban, /unban, /pause, /resume and /drop: what administrators change."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.context import BotContext
from bot.handlers.admin.arguments import UsageError, parse_account, parse_int
from bot.views.formatting import truncate_utf16
from bot.views.names import display_name
from store.admin import commands
from store.audit import AdminCommand
from store.users import users
from store.users.credits import effective_limits
from store.users.limits import Adjustable

MAX_CREDITS = 1_000_000  # credits: more is a slip of the finger
MAX_REASON = 200
DEFAULT_WORDS = ("default", "-")
DEFAULT_ACCOUNT_WORDS: dict[str, Adjustable] = {
    "default": "daily_credits",
    "chats": "group_credits",
}


def router() -> Router:
    router = Router(name="orders")
    for handler in (quota, grant, ban, unban, pause, resume, drop):
        router.message.register(handler, Command(handler.__name__, ignore_case=True))
    return router


async def quota(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Free credits a day: of one, of a group, of everybody; without words, what holds now."""
    words = (command.args or "").split()
    order = _admin_command(message, event_update)
    if not words:
        limits = await effective_limits(context.db, context.limits)
        people_daily, group_daily = limits.daily_credits, limits.group_credits
        text = context.texts(language, "quota-now", people=people_daily, groups=group_daily)
        context.replies.answer(message, text)
        return
    if words[0].lower() in DEFAULT_ACCOUNT_WORDS and len(words) == 2:
        name, daily = DEFAULT_ACCOUNT_WORDS[words[0].lower()], _daily(words[1])
        limits_now = await commands.set_default(context.db, order, name, daily, context.limits)
        if limits_now is not None:
            count = getattr(limits_now, name)
            context.replies.answer(message, context.texts(language, f"quota-{name}", count=count))
        return
    if words[0].lower() == "chat":
        account_id, daily = _this_chat(message), _daily(" ".join(words[1:]))
    else:
        account_id, rest = await parse_account(
            context.db, message, command.args, "usage-quota", number_follows=True
        )
        daily = _daily(rest)
    account = await commands.set_quota(context.db, order, account_id, daily, context.limits)
    if account is not None:
        who = await _called(context, account_id)
        values = {"who": who, "count": account.daily, "left": account.left}
        context.replies.answer(message, context.texts(language, "quota-set", **values))


async def grant(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Credits that do not vanish at midnight; a negative number takes them back."""
    account_id, rest = await parse_account(
        context.db, message, command.args, "usage-grant", number_follows=True
    )
    amount = parse_int(rest)
    if amount is None or not 0 < abs(amount) <= MAX_CREDITS:
        raise UsageError("usage-grant")
    granted = await commands.grant(
        context.db, _admin_command(message, event_update), account_id, amount, context.limits
    )
    if granted is not None:
        key = "grant-given" if amount > 0 else "grant-taken" if granted.amount else "grant-none"
        values = {"who": await _called(context, account_id), "left": granted.account.left}
        text = context.texts(language, key, **values, count=abs(granted.amount))
        context.replies.answer(message, text)


async def ban(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    user_id, reason = await parse_account(context.db, message, command.args, "usage-ban")
    if user_id in context.admins:
        raise UsageError("ban-admin")
    stopped = await commands.ban(
        context.db,
        _admin_command(message, event_update),
        user_id,
        truncate_utf16(reason, MAX_REASON),
    )
    if stopped is not None:
        context.nudge.set()
        values = {"who": await _called(context, user_id), "stopped": stopped}
        context.replies.answer(message, context.texts(language, "ban-done", **values))


async def unban(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    user_id, _ = await parse_account(context.db, message, command.args, "usage-unban")
    freed = await commands.unban(context.db, _admin_command(message, event_update), user_id)
    if freed is not None:
        key = "unban-done" if freed else "unban-none"
        context.replies.answer(
            message, context.texts(language, key, who=await _called(context, user_id))
        )


async def pause(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """New requests are refused with one sentence, and what was accepted is painted to its end.

    Not kept waiting: nobody knows when a pause ends, and an empty queue is what one is made for.
    (Requests do wait while only the engine is away.)
    """
    reason = truncate_utf16((command.args or "").strip(), MAX_REASON)
    if await commands.pause(context.db, _admin_command(message, event_update), reason):
        context.replies.answer(message, context.texts(language, "pause-done"))


async def resume(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    resumed = await commands.resume(context.db, _admin_command(message, event_update))
    if resumed is not None:
        key = "resume-done" if resumed else "resume-none"
        context.replies.answer(message, context.texts(language, key))


async def drop(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Anybody's picture, by its number in /queue; paid back, and the asker is told."""
    job_id = parse_int((command.args or "").strip().lstrip("#"))
    if job_id is None or job_id <= 0:
        raise UsageError("usage-drop")
    outcome = await commands.drop(context.db, _admin_command(message, event_update), job_id)
    if outcome is not None:
        context.nudge.set()
        context.replies.answer(message, context.texts(language, f"drop-{outcome}", job=job_id))


def _admin_command(message: Message, update: Update) -> AdminCommand:
    assert message.from_user is not None  # or it would not be an administrator's
    return AdminCommand(message.from_user.id, update.update_id)


def _daily(word: str) -> int | None:
    """Credits a day; None for as many as without an order."""
    if word.lower() in DEFAULT_WORDS:
        return None
    number = parse_int(word)
    if number is None or not 0 <= number <= MAX_CREDITS:
        raise UsageError("usage-quota")
    return number


def _this_chat(message: Message) -> int:
    if message.chat.id > 0:
        raise UsageError("usage-quota")
    return message.chat.id


async def _called(context: BotContext, account_id: int) -> str:
    return display_name(await users.profile(context.db, account_id), account_id)
