"""The buttons under a finished picture."""

from collections.abc import Awaitable, Callable

from aiogram import Bot, Router
from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import CallbackQuery, Update

from bot.context import BotContext
from bot.handlers.permissions import if_allowed
from bot.handlers.result import delete, edit_prompt, export, repeat
from bot.handlers.result.button_press import ButtonPress
from bot.views import result_keyboard
from store import jobs
from store.model import Job

# What an administrator of the chat may do with somebody else's picture.
FOR_ADMINISTRATORS = ("delete",)

ACTIONS: dict[result_keyboard.ActionName, Callable[[ButtonPress], Awaitable[None]]] = {
    "again": repeat.again,
    "vary": repeat.vary,
    "steps": repeat.more_steps,
    "edit": edit_prompt.ask,
    "png": export.send_png,
    "gif": export.send_gif,
    "facts": export.send_facts,
    "share": export.send_share_link,
    "delete": delete.delete,
}


def router() -> Router:
    router = Router(name="under")
    router.callback_query.register(handle_button, result_keyboard.ResultAction.filter())
    return router


async def handle_button(
    query: CallbackQuery,
    callback_data: result_keyboard.ResultAction,
    context: BotContext,
    *,
    bot: Bot,
    event_update: Update,
    language: str,
) -> None:
    """Anything may come: old buttons, forged ones, those of pictures that are no more."""
    job = await jobs.find(context.db, callback_data.job)
    message, action = query.message, callback_data.action
    # Its own chat, or the person's own: there the gallery shows what was painted elsewhere.
    if job is None or message is None or message.chat.id not in (job.chat_id, job.user_id):
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return
    if job.erased and action != "delete":
        context.replies.toast(query, context.texts(language, "alert-erased"), alert=True)
        return
    pressed = ButtonPress(query, job, callback_data.serial, context, bot, event_update, language)

    async def act() -> None:
        if job.result is None and action != "delete" and not _actions_of_stopped(job, action):
            pressed.toast("alert-stale")
        elif action in ("more", "less"):
            fold(pressed, open_=action == "more")
        else:
            await ACTIONS[action](pressed)

    administrators = action in FOR_ADMINISTRATORS
    await if_allowed(query, job, context, bot, language, act=act, administrators=administrators)


def _actions_of_stopped(job: Job, action: result_keyboard.ActionName) -> bool:
    return job.state == "cancelled" and action in result_keyboard.STOPPED_ACTIONS


def fold(pressed: ButtonPress, *, open_: bool) -> None:
    keyboard = result_keyboard.full_keyboard if open_ else result_keyboard.compact_keyboard
    pressed.toast()
    pressed.context.replies.call(
        EditMessageReplyMarkup(
            chat_id=pressed.chat_id,
            message_id=pressed.message_id,
            reply_markup=keyboard(
                pressed.context.texts, pressed.language, pressed.job.id, pressed.serial
            ),
        )
    )
