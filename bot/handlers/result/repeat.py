"""Create another job from a finished one: a new seed, a variation, more steps, a larger picture."""

import asyncio
from dataclasses import replace
from hashlib import sha256

from bot.delivery.results import media
from bot.handlers.result.button_press import ButtonPress
from bot.requests.create_job import acknowledge_button, create_job, require_sources
from bot.requests.incoming import IncomingRequest
from bot.views.result_keyboard import result_keyboard
from store.errors import Refused, RequestError
from store.request.changes import from_picture
from store.request.request import STEPS, DrawRequest


async def repeat_with_new_seed(press: ButtonPress) -> None:
    """Repeat the request with a new seed; for a sheet, with as many pictures."""
    request = press.job.request
    if press.job.result is None or not press.job.result.parts:
        request = request.anew()
    await enqueue(press, "again", replace(request, seed=None, edition=None))


async def vary(press: ButtonPress) -> None:
    """Paint on from this picture, with a new seed."""
    key = await kept_copy(press, "vary", media.picture_key(press.job))
    if key is not None:
        request = from_picture(press.job.request.anew(), key)
        await enqueue(press, "vary", request)


async def more_steps(press: ButtonPress) -> None:
    """Repeat the request with twice the steps and the same seed."""
    job = press.job
    done = job.result.steps if job.result else job.steps
    if done >= STEPS[1]:
        press.toast("alert-steps-most", alert=True)
        return
    await enqueue(press, "steps", replace(job.request, steps=min(2 * done, STEPS[1])))


async def paint_on(press: ButtonPress) -> None:
    """Paint with the usual steps what begins with this very draft."""
    await enqueue(press, "on", replace(press.job.request, steps=None))


async def enlarge(press: ButtonPress) -> None:
    """Make this picture larger."""
    result = press.job.result
    key = await kept_copy(press, "larger", media.picture_key(press.job))
    if key is None or result is None:
        return
    size = result.width, result.height
    request = replace(press.job.request, larger=key, size=size, shape=None, seed=result.seed)
    await enqueue(press, "larger", request)


async def kept_copy(press: ButtonPress, action: str, source: str | None) -> str | None:
    """Copy a picture for another job, since it may be deleted before.

    Return None, and say so, if it is gone. The copy's name is hashed, since it is stored in the new
    picture, which must not contain the id of a user.
    """
    picture = await media.read_file(press.context.files, source) if source else None
    if picture is None:
        press.toast("alert-files-gone", alert=True)
        return None
    name = sha256(request_key(press, action).encode()).hexdigest()[:32]
    key = f"inputs/{name}.png"
    await asyncio.to_thread(press.context.files.write, key, picture)
    return key


async def enqueue(press: ButtonPress, action: str, request: DrawRequest) -> None:
    """Create the job once for presses with the same serial, and show the next serial."""
    context, requester = press.context, press.requester
    try:
        await require_sources(context.files, request)
        incoming = IncomingRequest(request, requester, request_key(press, action))
        await create_job(context, incoming, press.update)
    except (RequestError, Refused) as error:
        context.replies.toast(press.query, context.plain(error, press.language), alert=True)
        return
    show_next(press)


def show_next(press: ButtonPress, said: str = "alert-example") -> None:
    """Confirm the press; the buttons get the next serial."""
    language = press.requester.language
    following = result_keyboard(press.context.texts, language, press.job, press.serial + 1)
    acknowledge_button(press.context, press.query, press.requester, following, said)


def request_key(press: ButtonPress, action: str) -> str:
    """Return the key of the request, which is the same for both presses of a double tap."""
    place = f"{press.chat_id}:{press.message_id}"
    return f"{place}:{action}:{press.serial}:{press.query.from_user.id}"
