"""Another picture from a finished one: with a new seed, from where it ended, with more steps."""

import asyncio
from dataclasses import replace
from hashlib import sha256

from bot.delivery import media
from bot.handlers.result.button_press import ButtonPress
from bot.requests.create_job import acknowledge_button, create_job, require_sources
from bot.requests.incoming import IncomingRequest
from bot.views import result_keyboard
from store.errors import Refused, RequestError
from store.request.request import STEPS, DrawRequest


async def again(pressed: ButtonPress) -> None:
    """The same with a new seed."""
    await _enqueue(pressed, "again", replace(pressed.job.request, seed=None))


async def vary(pressed: ButtonPress) -> None:
    """From this picture on, with a new seed."""
    current = media.picture_key(pressed.job)
    picture = await media.read_file(pressed.context.files, current) if current else None
    if picture is None:
        pressed.toast("alert-files-gone", alert=True)
        return
    # A copy: it outlives the picture, which may be deleted before the new one is painted.
    # Hashed, since a painting names what it came from, and nobody's number is to be in it.
    name = sha256(_name(pressed, "vary").encode()).hexdigest()[:32]
    key = f"inputs/{name}.png"
    await asyncio.to_thread(pressed.context.files.write, key, picture)
    request = replace(pressed.job.request, seed=None, init=key, init_weight=None, init_noise=None)
    await _enqueue(pressed, "vary", request)


async def more_steps(pressed: ButtonPress) -> None:
    """Twice as many, from the same seed."""
    job = pressed.job
    done = job.result.steps if job.result else job.steps
    if done >= STEPS[1]:
        pressed.toast("alert-steps-most", alert=True)
        return
    await _enqueue(pressed, "steps", replace(job.request, steps=min(2 * done, STEPS[1])))


async def _enqueue(pressed: ButtonPress, action: str, request: DrawRequest) -> None:
    """A double tap is one job; the buttons then stand for the next one."""
    context, requester = pressed.context, pressed.requester
    try:
        await require_sources(context.files, request)
        incoming = IncomingRequest(request, requester, _name(pressed, action))
        await create_job(context, incoming, pressed.update)
    except (RequestError, Refused) as error:
        context.replies.toast(pressed.query, context.plain(error, pressed.language), alert=True)
        return
    keyboard = (
        result_keyboard.compact_keyboard if pressed.job.result else result_keyboard.stopped_keyboard
    )
    following = keyboard(context.texts, requester.language, pressed.job.id, pressed.serial + 1)
    acknowledge_button(context, pressed.query, requester, following)


def _name(pressed: ButtonPress, action: str) -> str:
    """What was done, the same for both taps of a double tap."""
    place = f"{pressed.chat_id}:{pressed.message_id}"
    return f"{place}:{action}:{pressed.serial}:{pressed.query.from_user.id}"
