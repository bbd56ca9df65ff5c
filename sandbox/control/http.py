"""HTTP interface of the controls under /sandbox/: JSON in, JSON out."""

import base64
import inspect
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.control.control import Control
from sandbox.control.describe import describe, describe_chat, describe_query
from sandbox.control.trouble_actions import TROUBLES
from sandbox.errors import SandboxError
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.json_object import JsonObject
from sandbox.state.media import SandboxMedia

ControlAction = Callable[[Control, JsonObject], Any]


def add_routes(app: web.Application, control: Control) -> None:
    """Add a POST route for every action, and GET routes for reading."""
    for name, action in _ACTIONS.items():
        add_action(app, control, name, action)

    async def chats(request: web.Request) -> web.Response:
        return web.json_response([describe_chat(chat) for chat in control.world.chats.values()])

    async def chat(request: web.Request) -> web.Response:
        found = control.world.chats.get(int(request.match_info["id"]))
        if found is None:
            raise web.HTTPNotFound(text="no such chat")
        messages = [describe(control.world, message) for message in found.messages]
        return web.json_response({**describe_chat(found), "messages": messages})

    async def calls(request: web.Request) -> web.Response:
        after = int(request.query.get("after", "0"))
        return web.json_response([call.to_json() for call in control.calls[after:]])

    async def query(request: web.Request) -> web.Response:
        found = control.world.queries.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(text="no such query")
        return web.json_response(describe_query(found))

    async def media(request: web.Request) -> web.Response:
        try:
            stored = control.world.files.find(request.match_info["id"])
        except SandboxError:
            raise web.HTTPNotFound(text="no such file") from None
        return _media_response(stored.media)

    app.router.add_get("/sandbox/chats", chats)
    app.router.add_get(r"/sandbox/chats/{id:-?\d+}", chat)
    app.router.add_get("/sandbox/calls", calls)
    app.router.add_get("/sandbox/queries/{id}", query)
    app.router.add_get("/sandbox/media/{id}", media)


def add_action(app: web.Application, control: Control, name: str, action: ControlAction) -> None:
    """Add an action, which takes the JSON object of a POST and returns, or awaits, the answer."""
    app.router.add_post(f"/sandbox/{name}", _handler(control, action))


def _media_response(media: SandboxMedia) -> web.Response:
    """Return a file as it was sent, and no other as a page: its name and kind are the sender's."""
    if media.kind == "animation":
        return web.Response(body=media.served, content_type="video/mp4")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    if media.kind == "document":
        headers["Content-Disposition"] = (
            f"attachment; filename*=UTF-8''{quote(media.name, safe='')}"
        )
        return web.Response(
            body=media.data, content_type="application/octet-stream", headers=headers
        )
    return web.Response(body=media.data, content_type=media.mime, headers=headers)


def _handler(
    control: Control, action: ControlAction
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            result = action(control, await request.json())
            return web.json_response(await result if inspect.isawaitable(result) else result)
        except (SandboxError, LookupError, TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return handle


def _person(control: Control, body: JsonObject) -> JsonObject:
    return control.person(**body).to_json()


def _private(control: Control, body: JsonObject) -> JsonObject:
    return describe_chat(control.private(control.world.user(body["user"])))


def _group(control: Control, body: JsonObject) -> JsonObject:
    members = _users(control, body.pop("members", []))
    admins = _users(control, body.pop("admins", []))
    return describe_chat(control.group(**body, members=members, admins=admins))


def _channel(control: Control, body: JsonObject) -> JsonObject:
    return describe_chat(control.channel(body["title"], _users(control, body.get("admins", []))))


def _language(control: Control, body: JsonObject) -> JsonObject:
    user = control.world.user(body["user"])
    return control.set_language(user, body["language"]).to_json()


def _topic(control: Control, body: JsonObject) -> JsonObject:
    chat, by = control.world.chat(body["chat"]), control.world.user(body["by"])
    return {"topic": control.topic(chat, body["name"], by)}


def _say(control: Control, body: JsonObject) -> JsonObject:
    if "photo" in body:
        body["photo"] = base64.b64decode(body["photo"])
    if "document" in body:
        name, data = body["document"]
        body["document"] = (name, base64.b64decode(data))
    return describe(control.world, control.say(body.pop("user"), body.pop("chat"), **body))


def _change(control: Control, body: JsonObject) -> JsonObject:
    message = _message(control, body)
    control.edit(message, body["text"])
    return describe(control.world, message)


def _erase(control: Control, body: JsonObject) -> JsonObject:
    message = _message(control, body)
    control.delete(message)
    return describe(control.world, message)


def _react(control: Control, body: JsonObject) -> JsonObject:
    message = _message(control, body)
    control.react(body["user"], message, str(body.get("emoji", "")))
    return describe(control.world, message)


def _tap(control: Control, body: JsonObject) -> JsonObject:
    button = _message(control, body).button(body["button"])
    return describe_query(control.tap(button, by=body.get("user")))


def _inquire(control: Control, body: JsonObject) -> JsonObject:
    """Start an inline query; `inline` reports the answer."""
    query = control.inline_query(body["user"], body.get("text", ""), offset=body.get("offset", ""))
    return {"id": query.id}


def _inline(control: Control, body: JsonObject) -> JsonObject:
    """Return the offered results; with `result` and `chat`, send that result there."""
    query = control.world.inline[body["id"]]
    if "result" in body:
        chat = control.world.chat(body["chat"])
        return describe(control.world, control.send_inline(query, body["result"], chat))
    result_ids = query.answer and [result.id for result in query.answer.results]
    return {"id": query.id, "results": result_ids}


def _membership(name: str) -> ControlAction:
    """Return an action: block and unblock take a user, the others a chat and who does it."""

    def change_membership(control: Control, body: JsonObject) -> JsonObject:
        if name in ("block", "unblock"):
            getattr(control, name)(control.world.user(body["user"]))
            return {"ok": True}
        chat, by = control.world.chat(body["chat"]), control.world.user(body["by"])
        result = getattr(control, name)(chat, by)
        return describe_chat(result) if isinstance(result, SandboxChat) else {"ok": True}

    return change_membership


def _redeliver(control: Control, body: JsonObject) -> JsonObject:
    control.redeliver(body.get("update"))
    return {"ok": True}


def _message(control: Control, body: JsonObject) -> SandboxMessage:
    return control.world.chat(body["chat"]).message(body["message"])


def _users(control: Control, ids: list[int]) -> list[SandboxUser]:
    return [control.world.user(user_id) for user_id in ids]


_ACTIONS: dict[str, ControlAction] = {
    "person": _person,
    "private": _private,
    "group": _group,
    "channel": _channel,
    "language": _language,
    "topic": _topic,
    "say": _say,
    "change": _change,
    "erase": _erase,
    "react": _react,
    "tap": _tap,
    "inquire": _inquire,
    "inline": _inline,
    "redeliver": _redeliver,
    **TROUBLES,
    **{name: _membership(name) for name in ("block", "unblock", "kick_bot", "add_bot", "migrate")},
}
