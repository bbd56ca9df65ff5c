"""Handle the administrators' commands that change something: /quota, /grant, /ban and so on."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.context import BotContext
from bot.handlers.admin.arguments import (
    UsageError,
    account_name,
    admin_command,
    parse_account,
    parse_int,
    this_group,
)
from bot.views.formatting import truncate_utf16
from store.admin import commands
from store.users.credits import balances, effective_limits
from store.users.limits import Adjustable

MAX_CREDITS = 1_000_000  # more is taken for a typing error
MAX_REASON = 200  # UTF-16 units
DEFAULT_WORDS = ("default", "-")
DEFAULT_ACCOUNT_WORDS: dict[str, Adjustable] = {
    "default": "daily_credits",
    "chats": "group_credits",
}


def router() -> Router:
    """Return the router of these commands; each is named like its handler."""
    router = Router(name="admin-commands")
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
    """Set the free credits per day of an account or of all; without arguments, show them."""
    arguments = (command.args or "").split()
    order = admin_command(message, event_update)
    if not arguments:
        limits = await effective_limits(context.db, context.limits)
        people_daily, group_daily = limits.daily_credits, limits.group_credits
        text = context.texts(language, "quota-now", people=people_daily, groups=group_daily)
        context.replies.answer(message, text)
        return
    if arguments[0].lower() in DEFAULT_ACCOUNT_WORDS and len(arguments) == 2:
        name, daily = DEFAULT_ACCOUNT_WORDS[arguments[0].lower()], _daily(arguments[1])
        limits_now = await commands.set_default(context.db, order, name, daily, context.limits)
        if limits_now is not None:
            count = getattr(limits_now, name)
            context.replies.answer(message, context.texts(language, f"quota-{name}", count=count))
        return
    if arguments[0].lower() == "chat":
        account_id, daily = this_group(message, "usage-quota"), _daily(" ".join(arguments[1:]))
    else:
        account_id, rest = await parse_account(
            context.db, message, command.args, "usage-quota", number_follows=True
        )
        if not rest:
            await _show_quota(message, account_id, context, language)
            return
        daily = _daily(rest)
    account = await commands.set_quota(context.db, order, account_id, daily, context.limits)
    if account is not None:
        values = {
            "who": await account_name(context.db, account_id),
            "count": account.daily,
            "left": account.left,
        }
        context.replies.answer(message, context.texts(language, "quota-set", **values))


async def _show_quota(
    message: Message, account_id: int, context: BotContext, language: str
) -> None:
    account = (await balances(context.db, account_id, limits=context.limits)).own
    who = await account_name(context.db, account_id)
    values = {"who": who, "count": account.daily, "left": account.left}
    context.replies.answer(message, context.texts(language, "quota-of", **values))


async def grant(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Grant credits that do not expire at midnight; a negative number takes them back."""
    account_id, rest = await parse_account(
        context.db, message, command.args, "usage-grant", number_follows=True
    )
    amount = parse_int(rest)
    if amount is None or not 0 < abs(amount) <= MAX_CREDITS:
        raise UsageError("usage-grant")
    granted = await commands.grant(
        context.db, admin_command(message, event_update), account_id, amount, context.limits
    )
    if granted is not None:
        key = "grant-given" if amount > 0 else "grant-taken" if granted.amount else "grant-none"
        values = {"who": await account_name(context.db, account_id), "left": granted.account.left}
        text = context.texts(language, key, **values, count=abs(granted.amount))
        context.replies.answer(message, text)


async def ban(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Ban a user and cancel their jobs."""
    user_id, reason = await parse_account(context.db, message, command.args, "usage-ban")
    if user_id in context.admins:
        raise UsageError("ban-admin")
    cancelled = await commands.ban(
        context.db,
        admin_command(message, event_update),
        user_id,
        truncate_utf16(reason, MAX_REASON),
    )
    if cancelled is not None:
        context.nudge.set()
        values = {"who": await account_name(context.db, user_id), "stopped": cancelled}
        context.replies.answer(message, context.texts(language, "ban-done", **values))


async def unban(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Lift the ban of a user."""
    user_id, _ = await parse_account(context.db, message, command.args, "usage-unban")
    unbanned = await commands.unban(context.db, admin_command(message, event_update), user_id)
    if unbanned is not None:
        key = "unban-done" if unbanned else "unban-none"
        context.replies.answer(
            message, context.texts(language, key, who=await account_name(context.db, user_id))
        )


async def pause(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Refuse new requests with one sentence; accepted jobs are still painted.

    Requests are not queued meanwhile: nobody knows when a pause ends, and its purpose is to empty
    the queue. (While only the engine is away, requests are queued.)
    """
    reason = truncate_utf16((command.args or "").strip(), MAX_REASON)
    if await commands.pause(context.db, admin_command(message, event_update), reason):
        context.replies.answer(message, context.texts(language, "pause-done"))


async def resume(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """Accept requests again."""
    resumed = await commands.resume(context.db, admin_command(message, event_update))
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
    """Cancel any job by its number in /queue, refund it and tell its user."""
    job_id = parse_int((command.args or "").strip().lstrip("#"))
    if job_id is None or job_id <= 0:
        raise UsageError("usage-drop")
    outcome = await commands.drop(context.db, admin_command(message, event_update), job_id)
    if outcome is not None:
        context.nudge.set()
        context.replies.answer(message, context.texts(language, f"drop-{outcome}", job=job_id))


def _daily(argument: str) -> int | None:
    """Parse credits per day; None stands for the default."""
    if argument.lower() in DEFAULT_WORDS:
        return None
    number = parse_int(argument)
    if number is None or not 0 <= number <= MAX_CREDITS:
        raise UsageError("usage-quota")
    return number
