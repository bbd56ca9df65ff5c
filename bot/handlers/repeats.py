"""Another picture from a finished one: with a new seed, from where it ended, with more steps."""

import asyncio
from dataclasses import replace
from hashlib import sha256

from bot import results, under
from bot.orders import order, still_kept, taken
from bot.press import Press
from store.errors import Refused, RequestError
from store.request import STEPS, DrawRequest


async def again(pressed: Press) -> None:
    """The same with a new seed."""
    await _paint(pressed, "again", replace(pressed.job.request, seed=None))


async def vary(pressed: Press) -> None:
    """From this picture on, with a new seed."""
    current = results.key_of_picture(pressed.job)
    picture = await results.read(pressed.desk.files, current) if current else None
    if picture is None:
        pressed.toast("alert-files-gone", alert=True)
        return
    # A copy: it outlives the picture, which may be deleted before the new one is painted.
    # Hashed, since a painting names what it came from, and nobody's number is to be in it.
    name = sha256(_name(pressed, "vary").encode()).hexdigest()[:32]
    key = f"inputs/{name}.png"
    await asyncio.to_thread(pressed.desk.files.write, key, picture)
    request = replace(pressed.job.request, seed=None, init=key, init_weight=None, init_noise=None)
    await _paint(pressed, "vary", request)


async def more_steps(pressed: Press) -> None:
    """Twice as many, from the same seed."""
    job = pressed.job
    done = job.result.steps if job.result else job.steps
    if done >= STEPS[1]:
        pressed.toast("alert-steps-most", alert=True)
        return
    await _paint(pressed, "steps", replace(job.request, steps=min(2 * done, STEPS[1])))


async def _paint(pressed: Press, action: str, request: DrawRequest) -> None:
    """A double tap is one job; the buttons then stand for the next one."""
    desk, asker = pressed.desk, pressed.asker
    try:
        await still_kept(desk.files, request)
        await order(desk, request, asker, _name(pressed, action), pressed.update)
    except (RequestError, Refused) as error:
        desk.replies.toast(pressed.query, desk.plain(error, pressed.language), alert=True)
        return
    keyboard = under.folded if pressed.job.result else under.stopped
    following = keyboard(desk.texts, asker.language, pressed.job.id, pressed.serial + 1)
    taken(desk, pressed.query, asker, following)


def _name(pressed: Press, action: str) -> str:
    """What was done, the same for both taps of a double tap."""
    place = f"{pressed.chat_id}:{pressed.message_id}"
    return f"{place}:{action}:{pressed.serial}:{pressed.query.from_user.id}"
