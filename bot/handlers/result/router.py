"""Route the buttons under a result to their actions."""

from collections.abc import Awaitable, Callable

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Update

from bot.context import BotContext
from bot.handlers.permissions import run_if_allowed
from bot.handlers.result import delete, edit_prompt, export, parts, repeat, styles
from bot.handlers.result.button_press import ButtonPress
from bot.views.result_keyboard import (
    ActionName,
    PartAction,
    ResultAction,
    StyleAction,
    allowed_actions,
    result_keyboard,
)
from store import jobs
from store.model import Job

# Actions that an administrator of the chat may do with the picture of another user.
FOR_ADMINISTRATORS = ("delete", "more", "less")  # they find "delete" behind "more"

ACTIONS: dict[ActionName, Callable[[ButtonPress], Awaitable[None]]] = {
    "again": repeat.repeat_with_new_seed,
    "vary": repeat.vary,
    "steps": repeat.more_steps,
    "edit": edit_prompt.ask,
    "png": export.send_png,
    "gif": export.send_gif,
    "facts": export.send_settings,
    "share": export.send_share_link,
    "delete": delete.delete_result,
    "larger": repeat.enlarge,
    "on": repeat.paint_on,
    "styles": styles.show,
    "show": export.show_picture,
}


def router() -> Router:
    """Return the router of the buttons under a result."""
    router = Router(name="result")
    router.callback_query.register(handle_button, ResultAction.filter())
    router.callback_query.register(handle_part, PartAction.filter())
    router.callback_query.register(handle_style, StyleAction.filter())
    return router


async def handle_button(
    query: CallbackQuery,
    callback_data: ResultAction,
    context: BotContext,
    *,
    bot: Bot,
    event_update: Update,
    language: str,
) -> None:
    """Run the action of a button, after checks against old, forged and other users' buttons."""
    action = callback_data.action
    job = await _job_of(query, callback_data.job, context, language, erased=action == "delete")
    if job is None:
        return
    press = ButtonPress(query, job, callback_data.serial, context, bot, event_update, language)

    async def act() -> None:
        if action == "delete" or (job.state in ("done", "cancelled") and _offered(press, action)):
            await ACTIONS[action](press)
        elif job.result is not None and action in ("more", "less"):
            toggle_keyboard(press, expand=action == "more")
        else:
            press.toast("alert-stale")

    await _run(press, act, administrators=action in FOR_ADMINISTRATORS)


async def handle_part(
    query: CallbackQuery,
    callback_data: PartAction,
    context: BotContext,
    *,
    bot: Bot,
    event_update: Update,
    language: str,
) -> None:
    """Run an action on one picture of a sheet, after the same checks."""
    job = await _job_of(query, callback_data.job, context, language)
    if job is None:
        return
    press = ButtonPress(query, job, callback_data.serial, context, bot, event_update, language)
    result, number = job.result, callback_data.number
    if result is None or not 1 <= number <= len(result.parts):
        press.toast("alert-stale")
        return
    action = {"one": parts.send_alone, "like": parts.paint_like}[callback_data.action]
    await _run(press, lambda: action(press, number))


async def handle_style(
    query: CallbackQuery,
    callback_data: StyleAction,
    context: BotContext,
    *,
    bot: Bot,
    event_update: Update,
    language: str,
) -> None:
    """Paint the picture in the style of a button, after the same checks."""
    job = await _job_of(query, callback_data.job, context, language)
    if job is None:
        return
    press = ButtonPress(query, job, callback_data.serial, context, bot, event_update, language)
    await _run(press, lambda: styles.paint(press, callback_data.style))


async def _run(
    press: ButtonPress, act: Callable[[], Awaitable[None]], *, administrators: bool = False
) -> None:
    """Run `act` if the user may; administrators: those of the chat may too."""
    await run_if_allowed(
        press.query,
        press.job,
        press.context,
        press.bot,
        press.language,
        act=act,
        administrators=administrators,
    )


async def _job_of(
    query: CallbackQuery, job_id: int, context: BotContext, language: str, *, erased: bool = False
) -> Job | None:
    """Return the job of a button that is neither old nor forged; otherwise say so.

    erased: whether the job may have been erased.
    """
    job = await jobs.find(context.db, job_id)
    message = query.message
    # The job's chat, or the user's own, where the gallery shows pictures of other chats.
    if job is None or message is None or message.chat.id not in (job.chat_id, job.user_id):
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return None
    if job.erased and not erased:
        context.replies.toast(query, context.texts(language, "alert-erased"), alert=True)
        return None
    return job


def _offered(press: ButtonPress, action: ActionName) -> bool:
    return action in ACTIONS and action in allowed_actions(press.job)


def toggle_keyboard(press: ButtonPress, *, expand: bool) -> None:
    """Expand the keyboard to all actions, or collapse it."""
    press.show_keyboard(
        result_keyboard(
            press.context.texts, press.language, press.job, press.serial, expanded=expand
        )
    )
