"""What is done with one picture of a sheet: it alone is sent, or others like it are painted."""

from dataclasses import replace

from bot.handlers.result.button_press import ButtonPress
from bot.handlers.result.repeat import enqueue, kept_copy, request_key, show_next
from store.errors import Refused, RequestError
from store.gallery import sheets
from store.request.changes import from_picture


async def send_alone(press: ButtonPress, number: int) -> None:
    """Send a picture of the sheet as a result of its own, which costs nothing."""
    result = press.job.result
    assert result is not None  # the router has checked it
    action = f"one{number}"
    picture = await kept_copy(press, action, result.parts[number - 1])
    if picture is None:
        return
    context = press.context
    try:
        await sheets.send_alone(
            context.db,
            press.job,
            number,
            press.requester,
            request_key=request_key(press, action),
            picture=picture,
            update_id=press.update.update_id,
        )
    except (RequestError, Refused) as error:
        context.replies.toast(press.query, context.plain(error, press.language), alert=True)
        return
    context.nudge.set()
    show_next(press, "alert-alone")


async def paint_like(press: ButtonPress, number: int) -> None:
    """Paint as many pictures like one of the sheet: drafts near to its own, or from itself."""
    job, result = press.job, press.job.result
    assert result is not None
    action = f"like{number}"
    request = replace(job.request, seed=None, edition=None)
    if result.drafted:
        request = replace(request, near=(*request.near, result.seed_of(number)))
    else:
        key = await kept_copy(press, action, result.parts[number - 1])
        if key is None:
            return
        request = from_picture(request, key)
    await enqueue(press, action, request)
