"""Handle /styles: the styles that pictures can be painted in."""

from html import escape

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.context import BotContext
from bot.handlers.admin.arguments import UsageError, admin_command
from store.admin.styles import NewStyle, drop_style, set_style
from store.errors import RequestError
from store.users.styles import Style, all_styles

WEIGHT = 0.6  # if none is said


def router() -> Router:
    """Return the router of /styles."""
    router = Router(name="admin-styles")
    router.message.register(show_or_change, Command("styles", ignore_case=True))
    return router


async def show_or_change(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Show the table; add or replace a style, or drop one."""
    verb, _, rest = (command.args or "").strip().partition(" ")
    order = admin_command(message, event_update)
    match verb.lower(), rest.strip():
        case "", "":
            lines = [_line(style) for style in await all_styles(context.db)]
            usage = context.texts(language, "usage-styles")
            context.replies.answer(message, "\n".join([*lines, "", usage]))
            return
        case "set", words if words:
            try:
                style = _style(words)
            except RequestError as error:
                raise UsageError(error.key, **error.values) from None
            changed, key = await set_style(context.db, order, style), "styles-set"
            label, otherwise = style.russian, "styles-full"
        case "drop", label if label:
            changed, key = await drop_style(context.db, order, label), "styles-dropped"
            otherwise = "styles-absent"
        case _:
            raise UsageError("usage-styles")
    if changed is not None:
        said = context.texts(
            language, key if changed else otherwise, label=escape(label, quote=False)
        )
        context.replies.answer(message, said)


def _style(words: str) -> NewStyle:
    """Return the style of `label = phrase / label = phrase / weight`; what is left out is usual."""
    russian, _, rest = words.partition("/")
    english, _, weight = rest.partition("/")
    (label, phrase), (other, other_phrase) = map(_label_and_phrase, (russian, english))
    try:
        number = float(weight.replace(",", ".")) if weight.strip() else WEIGHT
    except ValueError:
        raise UsageError("usage-styles") from None
    return NewStyle(label, other, phrase, other_phrase, number)


def _label_and_phrase(text: str) -> tuple[str, str]:
    label, _, phrase = (part.strip() for part in text.partition("="))
    return label, phrase or label


def _line(style: Style) -> str:
    """Return a row of the table, as /styles set takes it."""
    parts = []
    for label, phrase in (
        (style.russian, style.russian_phrase),
        (style.english, style.english_phrase),
    ):
        parts.append(label if label == phrase else f"{label} = {phrase}")
    text = " / ".join([*parts, f"{style.weight:g}"])
    return f"<code>{escape(text, quote=False)}</code>"
