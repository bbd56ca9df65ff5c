"""Handle /allow and /disallow: who may use a bot that is not for everybody."""

from html import escape

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.context import BotContext
from bot.handlers.admin.arguments import (
    UsageError,
    account_name,
    admin_command,
    parse_account,
    this_group,
)
from bot.views.deep_links import deep_link, invitation_payload
from bot.views.names import display_name
from store.admin import access

LISTED = 20  # accounts that /allow names
GROUP, LINK = "chat", "link"


def router() -> Router:
    """Return the router of both commands; each is named like its handler."""
    router = Router(name="admin-access")
    for handler in (allow, disallow):
        router.message.register(handler, Command(handler.__name__, ignore_case=True))
    return router


async def allow(
    message: Message,
    *,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    bot: Bot,
    language: str,
) -> None:
    """Let somebody in: a user, this group, or whoever opens an invitation; else show the list."""
    word = (command.args or "").strip().lower()
    order = admin_command(message, event_update)
    if not word and message.reply_to_message is None:
        context.replies.answer(message, await _list(context, language))
        return
    if word == LINK:
        await _send_invitation(
            message, context=context, update=event_update, bot=bot, language=language
        )
        return
    if word == GROUP:
        account_id = this_group(message, "usage-allow")
    else:
        try:
            account_id, _ = await parse_account(context.db, message, command.args, "usage-allow")
        except UsageError as error:
            if error.key != "admin-name-unknown":
                raise
            name = str(error.values["name"])
            await _send_invitation(
                message,
                context=context,
                update=event_update,
                bot=bot,
                language=language,
                name=name,
            )
            return
    changed = await access.set_allowed(context.db, order, account_id, True)
    if changed is not None:
        key = "allow-done" if changed else "allow-known"
        who = await account_name(context.db, account_id)
        values = {"who": who, "access": _access(context)}
        context.replies.answer(message, context.texts(language, key, **values))


async def disallow(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Take a user or this group off the list, or make unused invitations invalid."""
    word = (command.args or "").strip().lower()
    order = admin_command(message, event_update)
    if word == LINK:
        count = await access.revoke_invitations(context.db, order)
        if count is not None:
            text = context.texts(language, "disallow-links", count=count)
            context.replies.answer(message, text)
        return
    if word == GROUP:
        account_id = this_group(message, "usage-disallow")
    else:
        account_id, _ = await parse_account(context.db, message, command.args, "usage-disallow")
    if account_id in context.admins:
        raise UsageError("disallow-admin")
    changed = await access.set_allowed(context.db, order, account_id, False)
    if changed is not None:
        key = "disallow-done" if changed else "disallow-none"
        values = {"who": await account_name(context.db, account_id), "access": _access(context)}
        context.replies.answer(message, context.texts(language, key, **values))


async def _send_invitation(
    message: Message,
    *,
    context: BotContext,
    update: Update,
    bot: Bot,
    language: str,
    name: str | None = None,
) -> None:
    token = await access.invite(context.db, admin_command(message, update))
    if token is not None:
        link = await deep_link(bot, invitation_payload(token))
        key = "allow-link" if name is None else "allow-name-link"
        text = context.texts(language, key, link=link, name=escape(name or "", quote=False))
        context.replies.answer(message, text)


async def _list(context: BotContext, language: str) -> str:
    accounts = await access.allowed_accounts(context.db, LISTED)
    names = ", ".join(display_name(profile, profile.id) for profile in accounts.first)
    values = {"count": accounts.count, "names": names, "access": _access(context)}
    more = accounts.count - len(accounts.first)
    return context.texts(language, "allow-now", more=more, **values)


def _access(context: BotContext) -> str:
    return "list" if context.access.only_list else "everyone"
