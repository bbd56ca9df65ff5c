"""The buttons under a finished picture."""

from collections.abc import Awaitable, Callable

from aiogram import Bot, Router
from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import CallbackQuery, Update

from bot import under
from bot.desk import Desk
from bot.handlers import edit, removal, repeats, takeaway
from bot.permission import when_allowed
from bot.press import Press
from store import jobs
from store.records import Job

# What an administrator of the chat may do with somebody else's picture.
FOR_ADMINISTRATORS = ("delete",)

ACTIONS: dict[under.Action, Callable[[Press], Awaitable[None]]] = {
    "again": repeats.again,
    "vary": repeats.vary,
    "steps": repeats.more_steps,
    "edit": edit.ask,
    "png": takeaway.png,
    "gif": takeaway.gif,
    "facts": takeaway.facts,
    "share": takeaway.share,
    "delete": removal.delete,
}


def router() -> Router:
    router = Router(name="under")
    router.callback_query.register(press, under.Under.filter())
    return router


async def press(
    query: CallbackQuery,
    callback_data: under.Under,
    desk: Desk,
    *,
    bot: Bot,
    event_update: Update,
    language: str,
) -> None:
    """Anything may come: old buttons, forged ones, those of pictures that are no more."""
    job = await jobs.find(desk.db, callback_data.job)
    message, action = query.message, callback_data.action
    # Its own chat, or the person's own: there the gallery shows what was painted elsewhere.
    if job is None or message is None or message.chat.id not in (job.chat_id, job.user_id):
        desk.replies.toast(query, desk.texts(language, "alert-stale"))
        return
    if job.erased and action != "delete":
        desk.replies.toast(query, desk.texts(language, "alert-erased"), alert=True)
        return
    pressed = Press(query, job, callback_data.serial, desk, bot, event_update, language)

    async def act() -> None:
        if job.result is None and action != "delete" and not _of_stopped(job, action):
            pressed.toast("alert-stale")
        elif action in ("more", "less"):
            fold(pressed, open_=action == "more")
        else:
            await ACTIONS[action](pressed)

    administrators = action in FOR_ADMINISTRATORS
    await when_allowed(query, job, desk, bot, language, act=act, administrators=administrators)


def _of_stopped(job: Job, action: under.Action) -> bool:
    return job.state == "cancelled" and action in under.STOPPED


def fold(pressed: Press, *, open_: bool) -> None:
    keyboard = under.unfolded if open_ else under.folded
    pressed.toast()
    pressed.desk.replies.call(
        EditMessageReplyMarkup(
            chat_id=pressed.chat_id,
            message_id=pressed.message_id,
            reply_markup=keyboard(
                pressed.desk.texts, pressed.language, pressed.job.id, pressed.serial
            ),
        )
    )
