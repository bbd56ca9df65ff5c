"""HTTP server: /bot<token>/<method>, /file/bot<token>/<path>, the page, and /sandbox/."""

import asyncio
import json
import logging
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.api import find_method
from sandbox.api.arguments import MAX_UPLOAD_BYTES, ApiMethod, CallArguments, parse_arguments
from sandbox.clock import Clock
from sandbox.control.control import Control
from sandbox.control.http import add_action, add_routes
from sandbox.control.programs import Programs
from sandbox.errors import Misuse, Refusal
from sandbox.page.events import EventStream
from sandbox.page.routes import add_page
from sandbox.state.chats import SandboxUser
from sandbox.state.faults import CUT, DROP_AFTER, HANG, PAGE, Call
from sandbox.state.json_object import JsonObject
from sandbox.state.rate_limits import DEFAULT_LIMITS, RateLimits
from sandbox.state.world import World
from sandbox.webhook import deliver_updates
from store.system.loopback import add_headers, is_loopback, refuse_foreign

log = logging.getLogger(__name__)

TOKEN = "4242424242:sandbox-knows-no-secrets-0123456789"
HOST = "127.0.0.1"
# Multipart adds some bytes around the files.
_BODY_BYTES = MAX_UPLOAD_BYTES + 64 * 1024


_NO_ANSWERS: dict[int | str, str] = {
    HANG: "no answer",
    CUT: "half an answer",
    PAGE: "a web page instead of an answer",
}
_DISCONNECT_POLL_SECONDS = 0.05  # between checks whether the bot has disconnected


class _NoAnswer(Exception):
    """Raised to send none of the Bot API's answers, as a fault of this kind."""

    def __init__(self, kind: int | str, result: Any) -> None:
        super().__init__(_NO_ANSWERS.get(kind, "connection dropped"))
        self.kind, self.result = kind, result


_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class Sandbox(Control):
    """`async with Sandbox() as telegram:` serves at `telegram.url` with `telegram.token`.

    `limits=None` disables flood control; `clock_factor` makes sandbox time run faster than real
    time; `port=0` takes a free port. `local` is the folder of files of a server in `--local` mode,
    which serves none of them over HTTP. `names` are names of this machine that it answers to
    beside its loopback addresses.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "mazok_bot",
        name: str = "Mazok",
        limits: RateLimits | None = DEFAULT_LIMITS,
        clock_factor: float = 1.0,
        privacy: bool = True,
        host: str = HOST,
        port: int = 0,
        local: Path | None = None,
        names: Collection[str] = (),
    ) -> None:
        if not is_loopback(host):
            raise ValueError(f"{host} is no address of this machine alone, such as 127.0.0.1")
        bot = SandboxUser(int(token.partition(":")[0]), name, username=username, is_bot=True)
        super().__init__(World(bot, limits, Clock(clock_factor), privacy=privacy))
        if local is not None:
            self.world.files.spare_folder = local.resolve() / token
            self.world.files.local_folder = self.world.files.spare_folder
        self.token = token
        self.host, self.port, self._names = host, port, names
        self.programs: Programs | None = None
        self.board = ""  # the address of a page for the operator of the bot, if there is one
        self.admins: Collection[int] = ()  # numbers of the people who administer the bot
        self.events: EventStream | None = None
        self._runner: web.AppRunner | None = None
        self._webhook: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Return the base URL of the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(
            client_max_size=_BODY_BYTES,
            middlewares=[refuse_foreign(self._names), self._tell_troubles],
        )
        app.on_response_prepare.append(add_headers)
        app.router.add_route("*", "/bot{token}/{method}", self._call_method)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        add_routes(app, self)
        self.events = add_page(app, self)
        self.events.more.append(self._program_states)
        add_action(app, self, "program", self._act_on_program)
        add_action(app, self, "surround", self._surround_programs)
        app.router.add_route("*", "/{rest:.*}", self._not_found)
        # Handlers end once the poller is released; do not wait long for clients.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        self._webhook = asyncio.create_task(deliver_updates(self.world.updates))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._webhook:
            self._webhook.cancel()
            await asyncio.gather(self._webhook, return_exceptions=True)
        self.end_troubles()
        if self._runner:
            self.world.updates.wake_poller()
            await self._runner.cleanup()
            self._runner = None

    def programs_changed(self) -> None:
        """Tell the page that a program beside the server has started or ended."""
        if self.events:
            self.events.send("programs", self._program_states())

    def _program_states(self) -> JsonObject:
        states = list(self.programs.states()) if self.programs else []
        around = self.programs.surroundings() if self.programs else None
        beside = {"programs": states, "board": self.board, "surroundings": around}
        return {**beside, "admins": list(self.admins)}

    async def _act_on_program(self, control: Control, body: JsonObject) -> JsonObject:
        await self._its_programs().act(str(body["name"]), str(body["do"]))
        return self._program_states()

    async def _surround_programs(self, control: Control, body: JsonObject) -> JsonObject:
        await self._its_programs().surround(body)
        self.programs_changed()
        return self._program_states()

    def _its_programs(self) -> Programs:
        if self.programs is None:
            raise Misuse("this server has started no programs")
        return self.programs

    @web.middleware
    async def _tell_troubles(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Tell the page what is wrong after each request: a call of the bot may use up a fault."""
        response = await handler(request)
        if self.events:
            self.events.send_troubles()
        return response

    async def _call_method(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _error_response(Refusal(401, "Unauthorized"))
        match = find_method(request.match_info["method"])
        if match is None:
            return _error_response(Refusal(404, "Not Found: method not found"))
        name, method = match
        call = Call(name, {}, self.clock.now())
        self.calls.append(call)
        try:
            arguments = await parse_arguments(request)
            call.arguments = arguments.all_values()
            result = await self._perform(name, method, arguments)
            call.status, call.result = 200, result
            return web.json_response({"ok": True, "result": result})
        except Refusal as refusal:
            call.status, call.error = refusal.code, refusal.description
            return _error_response(refusal)
        except _NoAnswer as fault:
            call.status, call.error = 502 if fault.kind == PAGE else 0, str(fault)
            self.world.notify()
            return await _instead_of_answer(request, fault)
        except Exception:
            call.status, call.error = 500, "internal error of the sandbox"
            log.exception("%s failed in the sandbox", name)
            return _error_response(Refusal(500, "Internal Server Error: see the sandbox's log"))
        finally:
            call.seconds = self.clock.now() - call.at
            if self.events and name != "getUpdates":
                self.events.send("call", call.in_short())
            self.world.notify()

    async def _perform(self, name: str, method: ApiMethod, arguments: CallArguments) -> Any:
        """Call the method, or apply the fault that is scheduled for it."""
        if name != "getUpdates" and self.world.faults.delay:
            await asyncio.sleep(self.world.faults.delay)
        fault = self.world.faults.consume(name, _chat_id(arguments))
        if fault is None:
            return await method(self.world, arguments)
        if refusal := fault.refusal():
            raise refusal
        result = None
        if fault.kind in (DROP_AFTER, CUT):
            result = await method(self.world, arguments)
        raise _NoAnswer(fault.kind, result)

    async def _download(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _error_response(Refusal(401, "Unauthorized"))
        try:
            stored = self.world.files.download(request.match_info["path"])
        except Refusal as refusal:
            return _error_response(refusal)
        return web.Response(body=stored.media.served, content_type="application/octet-stream")

    async def _not_found(self, request: web.Request) -> web.Response:
        return _error_response(Refusal(404, "Not Found"))


def _chat_id(arguments: CallArguments) -> int | None:
    try:
        return arguments.integer("chat_id")
    except Refusal:  # an @name
        return None


def _error_response(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.to_json(), status=refusal.code)


async def _instead_of_answer(request: web.Request, fault: _NoAnswer) -> web.Response:
    """Answer with a proxy's page, with half an answer, or not: at once, or after the bot."""
    if fault.kind == PAGE:
        return web.Response(status=502, text=_BAD_GATEWAY, content_type="text/html")
    if fault.kind == CUT:
        whole = json.dumps({"ok": True, "result": fault.result})
        return web.Response(text=whole[: len(whole) // 2], content_type="application/json")
    while fault.kind == HANG and request.transport and not request.transport.is_closing():
        await asyncio.sleep(_DISCONNECT_POLL_SECONDS)
    if request.transport:
        request.transport.abort()
    return web.Response()
