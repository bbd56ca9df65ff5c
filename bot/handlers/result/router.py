"""Route the buttons under a result to their actions."""

from collections.abc import Awaitable, Callable

from aiogram import Bot, Router
from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import CallbackQuery, Update

from bot.context import BotContext
from bot.handlers.permissions import run_if_allowed
from bot.handlers.result import delete, edit_prompt, export, repeat
from bot.handlers.result.button_press import ButtonPress
from bot.views import result_keyboard
from store import jobs
from store.model import Job

# Actions that an administrator of the chat may do with the picture of another user.
FOR_ADMINISTRATORS = ("delete",)

ACTIONS: dict[result_keyboard.ActionName, Callable[[ButtonPress], Awaitable[None]]] = {
    "again": repeat.repeat_with_new_seed,
    "vary": repeat.vary,
    "steps": repeat.more_steps,
    "edit": edit_prompt.ask,
    "png": export.send_png,
    "gif": export.send_gif,
    "facts": export.send_settings,
    "share": export.send_share_link,
    "delete": delete.delete_result,
}


def router() -> Router:
    """Return the router of the buttons under a result."""
    router = Router(name="result")
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
    """Run the action of a button, after checks against old, forged and other users' buttons."""
    job = await jobs.find(context.db, callback_data.job)
    message, action = query.message, callback_data.action
    # The job's chat, or the user's own, where the gallery shows pictures of other chats.
    if job is None or message is None or message.chat.id not in (job.chat_id, job.user_id):
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return
    if job.erased and action != "delete":
        context.replies.toast(query, context.texts(language, "alert-erased"), alert=True)
        return
    press = ButtonPress(query, job, callback_data.serial, context, bot, event_update, language)

    async def act() -> None:
        if job.result is None and action != "delete" and not _allowed_when_cancelled(job, action):
            press.toast("alert-stale")
        elif action in ("more", "less"):
            toggle_keyboard(press, expand=action == "more")
        else:
            await ACTIONS[action](press)

    administrators = action in FOR_ADMINISTRATORS
    await run_if_allowed(query, job, context, bot, language, act=act, administrators=administrators)


def _allowed_when_cancelled(job: Job, action: result_keyboard.ActionName) -> bool:
    return job.state == "cancelled" and action in result_keyboard.STOPPED_ACTIONS


def toggle_keyboard(press: ButtonPress, *, expand: bool) -> None:
    """Expand the keyboard to all actions, or collapse it."""
    keyboard = result_keyboard.full_keyboard if expand else result_keyboard.compact_keyboard
    press.toast()
    press.context.replies.call(
        EditMessageReplyMarkup(
            chat_id=press.chat_id,
            message_id=press.message_id,
            reply_markup=keyboard(press.context.texts, press.language, press.job.id, press.serial),
        )
    )
