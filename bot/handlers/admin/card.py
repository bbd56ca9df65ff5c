"""The card of a user or a group, with buttons for what administrators do most."""

from aiogram import Router
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.context import BotContext
from bot.views import admin_report
from bot.views.keyboards import CallbackId
from store import audit
from store.admin import commands, statistics
from store.admin.statistics import UserReport
from store.audit import AdminCommand
from store.texts import Texts

GRANTS = (5, 50)  # credits
QUOTAS = (0, 10, 100)  # credits a day
DEFAULT = -1


class CardAction(CallbackData, prefix="card"):
    """Callback data: grant credits, set a quota, ban or unban an account."""

    action: str
    account: CallbackId
    value: CallbackId = 0


def router() -> Router:
    """Return the router of the card's buttons."""
    router = Router(name="card")
    router.callback_query.register(act, CardAction.filter())
    return router


async def card(
    context: BotContext, language: str, account_id: int
) -> tuple[str, InlineKeyboardMarkup] | None:
    """Return the card of an account and its buttons; None if the bot has never met it."""
    report = await statistics.user_report(context.db, account_id, context.limits)
    if report is None:
        return None
    entries = await audit.history(context.db, account_id)
    text = admin_report.user_card(context.texts, language, report, entries)
    may_be_banned = account_id > 0 and account_id not in context.admins
    return text, _keyboard(context.texts, language, report, account_id, may_be_banned)


async def act(
    query: CallbackQuery,
    callback_data: CardAction,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Do what the button says, once, and show the card as it is now."""
    order = AdminCommand(query.from_user.id, event_update.update_id)
    account, value, db = callback_data.account, callback_data.value, context.db
    match callback_data.action:
        case "grant" if value in GRANTS:
            await commands.grant(db, order, account, value, context.limits)
        case "quota" if value in (*QUOTAS, DEFAULT):
            daily = None if value == DEFAULT else value
            await commands.set_quota(db, order, account, daily, context.limits)
        case "ban" if account > 0 and account not in context.admins:
            await commands.ban(db, order, account, "")
            context.nudge.set()
        case "unban":
            await commands.unban(db, order, account)
        case _:
            context.replies.toast(query, context.texts(language, "alert-stale"))
            return
    context.replies.toast(query, context.texts(language, "tastes-kept"))
    shown = await card(context, language, account)
    if shown is not None and query.message is not None:
        text, keyboard = shown
        edit = EditMessageText(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            text=text,
            reply_markup=keyboard,
        )
        context.replies.call(edit)


def _keyboard(
    texts: Texts, language: str, report: UserReport, account: int, may_be_banned: bool
) -> InlineKeyboardMarkup:
    def button(key: str, action: str, value: int = 0) -> InlineKeyboardButton:
        return InlineKeyboardButton(
            text=texts(language, f"card-{key}", count=value),
            callback_data=CardAction(action=action, account=account, value=value).pack(),
        )

    rows = [
        [button("grant", "grant", count) for count in GRANTS],
        [button("quota", "quota", count) for count in QUOTAS]
        + [button("quota-default", "quota", DEFAULT)],
    ]
    if report.blocked:
        rows.append([button("unban", "unban")])
    elif may_be_banned:
        rows.append([button("ban", "ban")])
    return InlineKeyboardMarkup(inline_keyboard=rows)
