"""Handle deep links: shared settings of a picture, the gallery, the preferences, a new prompt."""

from aiogram import Bot, F, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.filters.callback_data import CallbackData
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)

from bot.context import BotContext
from bot.handlers import gallery, help, settings
from bot.handlers.result import edit_prompt
from bot.requests.create_job import acknowledge_button, create_job
from bot.requests.incoming import IncomingRequest
from bot.requests.requester import requester_of_button
from bot.views import captions, keyboards
from bot.views.deep_links import GALLERY_PAYLOAD, INVITATION, SETTINGS_PAYLOAD, parse_edit_payload
from bot.views.keyboards import CallbackId
from store.errors import Refused, RequestError
from store.gallery import shared_links
from store.users import access


class PaintShared(CallbackData, prefix="paint"):
    """Callback data: paint with shared settings; presses with the same serial are one job."""

    token: str
    serial: CallbackId


def router() -> Router:
    """Return the router of /start with a payload; register it before the plain /start."""
    router = Router(name="deep_link")
    router.message.register(
        accept_invitation,
        CommandStart(deep_link=True, ignore_case=True, magic=F.args.startswith(INVITATION)),
        F.chat.type == "private",
        F.from_user,
        flags={"for_strangers": True},
    )
    router.message.register(open_link, CommandStart(deep_link=True, ignore_case=True))
    router.callback_query.register(paint_shared, PaintShared.filter())
    return router


async def open_link(
    message: Message, command: CommandObject, context: BotContext, bot: Bot, language: str
) -> None:
    """Do what the payload of the link says; any unknown payload is taken for a shared link."""
    payload = command.args or ""
    private = message.chat.type == "private"
    job_id = parse_edit_payload(payload)
    if private and payload == GALLERY_PAYLOAD:
        await gallery.show_page(message, context, language)
    elif private and payload == SETTINGS_PAYLOAD:
        await settings.show_menu(message, message.chat.id, context, language)
    elif private and job_id is not None:
        await edit_prompt.ask_again(message, job_id, context, bot, language)
    else:
        await _show_shared(message, payload, context, language)


async def accept_invitation(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Let in the first who opens an invitation, and greet them."""
    assert message.from_user is not None  # the filter has checked it
    user_id = message.from_user.id
    token = (command.args or "").removeprefix(INVITATION)
    outcome = "known"
    if user_id not in context.admins:
        outcome = await access.accept_invitation(context.db, token, user_id, event_update.update_id)
    lines = [context.texts(language, f"invitation-{outcome}")]
    keyboard = None
    if outcome == "accepted":
        lines.append(context.texts(language, "start"))
        keyboard = keyboards.start_keyboard(context.texts, language, 0)
    context.replies.answer(message, "\n\n".join(lines), keyboard)


async def _show_shared(message: Message, token: str, context: BotContext, language: str) -> None:
    job = await shared_links.find_shared(context.db, token)
    if job is None and not shared_links.is_token(token):  # a payload of somebody's advertisement
        await help.start(message, context, language)
        return
    if job is None:
        context.replies.answer(message, context.texts(language, "recipe-gone"))
        return
    keyboard = _keyboard(context, language, token, 0)
    context.replies.answer(
        message, captions.shared_settings(context.texts, language, job), keyboard
    )


async def paint_shared(
    query: CallbackQuery,
    callback_data: PaintShared,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Create a job with the shared settings, seed included, and charge the user who pressed."""
    requester = requester_of_button(query, language)
    token, serial = callback_data.token, callback_data.serial
    job = await shared_links.find_shared(context.db, token)
    if job is None or requester is None:
        context.replies.toast(query, context.texts(language, "recipe-gone"), alert=True)
        return
    key = f"{requester.chat_id}:{requester.message_id}:paint:{token}:{serial}:{requester.user_id}"
    try:
        incoming = IncomingRequest(job.request.without_sources(), requester, key)
        await create_job(context, incoming, event_update)
    except (RequestError, Refused) as error:
        context.replies.toast(query, context.plain(error, language), alert=True)
        return
    acknowledge_button(context, query, requester, _keyboard(context, language, token, serial + 1))


def _keyboard(context: BotContext, language: str, token: str, serial: int) -> InlineKeyboardMarkup:
    data = PaintShared(token=token, serial=serial).pack()
    button = InlineKeyboardButton(text=context.texts(language, "recipe-button"), callback_data=data)
    return InlineKeyboardMarkup(inline_keyboard=[[button]])
