"""Paint a picture again in a style: the buttons, and what a tap on one does."""

from bot.delivery.results import media
from bot.handlers.result.button_press import ButtonPress
from bot.handlers.result.repeat import enqueue, kept_copy
from bot.views.result_keyboard import style_keyboard
from store.request.changes import from_picture
from store.users.styles import all_styles, in_style


async def show(press: ButtonPress) -> None:
    """Show the styles in place of the other buttons."""
    styles = await all_styles(press.context.db)
    press.show_keyboard(
        style_keyboard(press.context.texts, press.language, press.job, press.serial, styles)
    )


async def paint(press: ButtonPress, style_id: int) -> None:
    """Paint on from the picture with the phrase of a style; a sheet is painted anew with it."""
    result, styles = press.job.result, await all_styles(press.context.db)
    style = next((one for one in styles if one.id == style_id), None)
    if style is None or result is None or not result.styles:
        press.toast("alert-stale")
        return
    request, action = in_style(press.job.request, style, result.styles, styles), f"style{style_id}"
    if result.parts:
        await enqueue(press, action, request)
        return
    key = await kept_copy(press, action, media.picture_key(press.job))
    if key is not None:
        await enqueue(press, action, from_picture(request.anew(), key))
