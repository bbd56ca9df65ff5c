"""Create another job from a finished one: a new seed, a variation, or more steps."""

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


async def repeat_with_new_seed(press: ButtonPress) -> None:
    """Repeat the request with a new seed."""
    await _enqueue(press, "again", replace(press.job.request, seed=None, edition=None))


async def vary(press: ButtonPress) -> None:
    """Paint on from this picture, with a new seed."""
    source = media.picture_key(press.job)
    picture = await media.read_file(press.context.files, source) if source else None
    if picture is None:
        press.toast("alert-files-gone", alert=True)
        return
    # A copy, since the picture may be deleted before the new one is painted. Its name is hashed,
    # since it is stored in the new picture, which must not contain the id of a user.
    name = sha256(_request_key(press, "vary").encode()).hexdigest()[:32]
    key = f"inputs/{name}.png"
    await asyncio.to_thread(press.context.files.write, key, picture)
    request = replace(press.job.request, seed=None, edition=None, init=key)
    request = replace(request, init_weight=None, init_noise=None)
    await _enqueue(press, "vary", request)


async def more_steps(press: ButtonPress) -> None:
    """Repeat the request with twice the steps and the same seed."""
    job = press.job
    done = job.result.steps if job.result else job.steps
    if done >= STEPS[1]:
        press.toast("alert-steps-most", alert=True)
        return
    await _enqueue(press, "steps", replace(job.request, steps=min(2 * done, STEPS[1])))


async def _enqueue(press: ButtonPress, action: str, request: DrawRequest) -> None:
    """Create the job once for presses with the same serial, and show the next serial."""
    context, requester = press.context, press.requester
    try:
        await require_sources(context.files, request)
        incoming = IncomingRequest(request, requester, _request_key(press, action))
        await create_job(context, incoming, press.update)
    except (RequestError, Refused) as error:
        context.replies.toast(press.query, context.plain(error, press.language), alert=True)
        return
    keyboard = (
        result_keyboard.compact_keyboard if press.job.result else result_keyboard.stopped_keyboard
    )
    following = keyboard(context.texts, requester.language, press.job.id, press.serial + 1)
    acknowledge_button(context, press.query, requester, following)


def _request_key(press: ButtonPress, action: str) -> str:
    """Return the key of the request, which is the same for both presses of a double tap."""
    place = f"{press.chat_id}:{press.message_id}"
    return f"{place}:{action}:{press.serial}:{press.query.from_user.id}"
