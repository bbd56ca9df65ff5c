"""Handle /stop: show and change the stop list and its exceptions."""

from collections.abc import Iterable, Sequence
from html import escape

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import EditMessageText
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)

from bot.context import BotContext
from bot.handlers.admin.arguments import UsageError
from bot.views.formatting import utf16
from store.audit import AdminCommand
from store.errors import RequestError
from store.moderation import stop_list
from store.moderation.stop_list import EntryKind, StopListChange, StopListEntry
from store.request.request import DrawRequest

PAGE_LINES, PAGE_UNITS = 40, 2500  # of a message's 4096, with room for the other lines
MAX_ENTRIES = 15  # of one command
ANSWERS = {  # text keys for the entries that were changed, and for those that were not
    "add": ("stop-added", "stop-known"),
    "allow": ("stop-allowed", "stop-known"),
    "drop": ("stop-dropped", "stop-absent"),
}


class StopListPage(CallbackData, prefix="stop"):
    """Callback data: show a page of the stop list or of the exceptions."""

    kind: EntryKind
    page: int


def router() -> Router:
    """Return the router of /stop and its buttons."""
    router = Router(name="stop")
    router.message.register(show_or_change, Command("stop", ignore_case=True))
    router.callback_query.register(turn_page, StopListPage.filter())
    return router


async def show_or_change(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Show, change or try the stop list; only in private, since its words are offensive."""
    if message.chat.type != "private":
        context.replies.answer(message, context.texts(language, "stop-private"))
        return
    verb, _, rest = (command.args or "").strip().partition(" ")
    assert message.from_user is not None
    admin_command = AdminCommand(message.from_user.id, event_update.update_id)
    try:
        match verb.lower(), rest.strip():
            case "", "":
                text, keyboard = await _page(context, language, "stop", 0)
                context.replies.answer(message, text, keyboard)
            case "add" | "allow" as action, words if words:
                kind: EntryKind = "stop" if action == "add" else "exception"
                changed = await stop_list.add(context.db, admin_command, kind, _entries(words))
                _answer_change(message, context, language, action, changed)
            case "drop", words if words:
                changed = await stop_list.drop(context.db, admin_command, _entries(words))
                _answer_change(message, context, language, "drop", changed)
            case "try", words if words:
                entry = await stop_list.blocking_entry(context.db, DrawRequest(prompt=words))
                caught = entry and context.texts(
                    language, "stop-caught", entry=escape(entry.text, quote=False)
                )
                context.replies.answer(message, caught or context.texts(language, "stop-free"))
            case _:
                raise UsageError("usage-stop")
    except RequestError as error:
        context.replies.answer(message, context.html(error, language))


async def turn_page(
    query: CallbackQuery, callback_data: StopListPage, context: BotContext, language: str
) -> None:
    """Show another page in the same message."""
    context.replies.toast(query)
    if query.message is None:
        return
    text, keyboard = await _page(context, language, callback_data.kind, callback_data.page)
    context.replies.call(
        EditMessageText(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            text=text,
            reply_markup=keyboard,
        )
    )


def _entries(words: str) -> list[str]:
    """Split entries at line breaks and commas. Raises UsageError for none or too many."""
    found = [part.strip() for line in words.splitlines() for part in line.split(",")]
    entries = [part for part in found if part]
    if not 0 < len(entries) <= MAX_ENTRIES:
        raise UsageError("usage-stop")
    return entries


def _answer_change(
    message: Message,
    context: BotContext,
    language: str,
    action: str,
    changed: StopListChange | None,
) -> None:
    if changed is None:
        return
    lines = [
        context.texts(language, key, entries=_listed(entries))
        for key, entries in zip(ANSWERS[action], (changed.changed, changed.unchanged), strict=True)
        if entries
    ]
    context.replies.answer(message, "\n".join(lines))


def _listed(entries: Iterable[str]) -> str:
    return ", ".join(f"<code>{escape(entry, quote=False)}</code>" for entry in entries)


async def _page(
    context: BotContext, language: str, kind: EntryKind, number: int
) -> tuple[str, InlineKeyboardMarkup]:
    """Return the text and the buttons of a page, or of the last one if the list is shorter."""
    lines = await stop_list.entries(context.db, kind)
    pages = _pages(lines)
    page = max(0, min(number, len(pages) - 1))
    shown = [f"{'+ ' if line.own else ''}{_listed([line.text])}" for line in pages[page]]
    head = context.texts(language, f"stop-head-{kind}", count=len(lines))
    foot = context.texts(language, "stop-page", page=page + 1, pages=len(pages))
    text = "\n".join([head, "", *shown, "", foot, "", context.texts(language, "usage-stop")])

    def button(text: str, target: StopListPage) -> InlineKeyboardButton:
        return InlineKeyboardButton(text=text, callback_data=target.pack())

    paging = []
    if page > 0:
        paging.append(button("←", StopListPage(kind=kind, page=page - 1)))
    if page < len(pages) - 1:
        paging.append(button("→", StopListPage(kind=kind, page=page + 1)))
    other: EntryKind = "exception" if kind == "stop" else "stop"
    switch = button(context.texts(language, f"stop-to-{other}"), StopListPage(kind=other, page=0))
    return text, InlineKeyboardMarkup(inline_keyboard=[row for row in (paging, [switch]) if row])


def _pages(lines: Sequence[StopListEntry]) -> list[list[StopListEntry]]:
    """Split the list into pages that fit into a message, whatever the length of the entries."""
    pages: list[list[StopListEntry]] = [[]]
    units = 0
    for line in lines:
        length = utf16(line.text) + 1
        if pages[-1] and (len(pages[-1]) >= PAGE_LINES or units + length > PAGE_UNITS):
            pages.append([])
            units = 0
        pages[-1].append(line)
        units += length
    return pages
