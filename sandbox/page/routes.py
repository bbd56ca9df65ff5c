"""Addresses of the page: its files, its events, and what it asks."""

from contextlib import suppress
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.control.control import Control
from sandbox.control.http import add_action
from sandbox.page.command_menu import command_menu
from sandbox.page.events import EventStream
from sandbox.page.people import invite
from sandbox.page.snapshot import everything, offers_now
from sandbox.state.json_object import JsonObject
from store.system.loopback import PageFile, page_files
from store.texts import plain_texts

_STATIC = Path(__file__).with_name("static")
_TEXTS = Path(__file__).with_name("texts")
_OFFER_SECONDS = 60.0  # after which a bot may not answer any more


def add_page(app: web.Application, control: Control) -> EventStream:
    """Add the page, its events and its actions."""
    events = EventStream(control)
    app.on_shutdown.append(events.close)
    app.router.add_get("/sandbox/events", events.serve)
    files = page_files(_STATIC)
    addresses = {f"/page/{name}": name for name in files} | {
        "/": "index.html",
        "/favicon.ico": "icon.svg",
    }
    for address, name in addresses.items():
        app.router.add_get(address, _file(files[name]))

    async def texts(request: web.Request) -> web.Response:
        return web.json_response(plain_texts(_TEXTS))

    app.router.add_get("/page/texts.json", texts)
    add_action(app, control, "cast", _cast)
    add_action(app, control, "menu", _menu)
    add_action(app, control, "offers", _offers)
    return events


def _file(file: PageFile) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return file.response()

    return answer


def _cast(control: Control, body: JsonObject) -> JsonObject:
    if not control.world.chats:
        invite(control)
    return everything(control)


def _menu(control: Control, body: JsonObject) -> JsonObject:
    chat, user = control.world.chat(body["chat"]), control.world.user(body["user"])
    return {"commands": command_menu(control.world.profile, chat, user)}


async def _offers(control: Control, body: JsonObject) -> JsonObject:
    """Make an inline query and wait for the answer."""
    query = control.inline_query(body["user"], body.get("text", ""), offset=body.get("offset", ""))
    with suppress(TimeoutError):
        await control.until(lambda: query.answer, _OFFER_SECONDS)
    return offers_now(control.world, query)
