"""The HTTP side: /bot<token>/<method>, /file/bot<token>/<path>, and the control under /sandbox/."""

import asyncio
import logging
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from sandbox.api import find_method
from sandbox.api.arguments import MOST_BYTES, ApiMethod, CallArguments, read
from sandbox.clock import Clock
from sandbox.control.control import Control
from sandbox.control.http import add_routes
from sandbox.errors import Refusal
from sandbox.state.chats import SandboxUser
from sandbox.state.faults import DROP_AFTER, DROP_BEFORE, HANG, Call
from sandbox.state.rate_limits import USUAL_LIMITS, RateLimits
from sandbox.state.world import World

log = logging.getLogger(__name__)

TOKEN = "4242424242:sandbox-knows-no-secrets-0123456789"
HOST = "127.0.0.1"
# Multipart has some bytes of its own around the files.
_BODY_BYTES = MOST_BYTES + 64 * 1024


_LOOK_SECONDS = 0.05  # whether a bot still waits for an answer that never comes


class _NoAnswer(Exception):
    """The answer must never arrive; the connection breaks, or is left open for the bot to end."""

    def __init__(self, *, hangs: bool) -> None:
        super().__init__("no answer" if hangs else "connection dropped")
        self.hangs = hangs


class Sandbox(Control):
    """`async with Sandbox() as telegram:` serves at `telegram.url` with `telegram.token`.

    `limits=None` switches flood control off; `clock_factor` makes the sandbox's time pass
    faster than the wall's; `port=0` takes a free one.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "mazok_bot",
        name: str = "Mazok",
        limits: RateLimits | None = USUAL_LIMITS,
        clock_factor: float = 1.0,
        privacy: bool = True,
        host: str = HOST,
        port: int = 0,
    ) -> None:
        bot = SandboxUser(int(token.partition(":")[0]), name, username=username, is_bot=True)
        super().__init__(World(bot, limits, Clock(clock_factor), privacy=privacy))
        self.token = token
        self.host, self.port = host, port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_BODY_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        add_routes(app, self)
        app.router.add_route("*", "/{rest:.*}", self._nowhere)
        # Handlers end by themselves once the poller is let go; do not wait long for clients.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner:
            self.world.updates.release()
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _refused(Refusal(401, "Unauthorized"))
        found = find_method(request.match_info["method"])
        if found is None:
            return _refused(Refusal(404, "Not Found: method not found"))
        name, method = found
        call = Call(name, {}, self.clock.now())
        self.calls.append(call)
        try:
            arguments = await read(request)
            call.arguments = arguments.plain()
            result = await self._perform(name, method, arguments)
            call.status, call.result = 200, result
            return web.json_response({"ok": True, "result": result})
        except Refusal as refusal:
            call.status, call.error = refusal.code, refusal.description
            return _refused(refusal)
        except _NoAnswer as lost:
            call.error = str(lost)
            self.world.happened()
            while lost.hangs and request.transport and not request.transport.is_closing():
                await asyncio.sleep(_LOOK_SECONDS)
            return _hang_up(request)
        except Exception:
            call.status, call.error = 500, "a bug of the sandbox"
            log.exception("%s failed in the sandbox", name)
            return _refused(Refusal(500, "Internal Server Error: see the sandbox's log"))
        finally:
            call.seconds = self.clock.now() - call.at
            self.world.happened()

    async def _perform(self, name: str, method: ApiMethod, arguments: CallArguments) -> Any:
        fault = self.world.faults.take(name, _chat_id(arguments))
        if fault is None:
            return await method(self.world, arguments)
        if refusal := fault.refusal():
            raise refusal
        if fault.kind == HANG:
            raise _NoAnswer(hangs=True)
        if fault.kind != DROP_BEFORE:
            assert fault.kind == DROP_AFTER
            await method(self.world, arguments)
        raise _NoAnswer(hangs=False)

    async def _download(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _refused(Refusal(401, "Unauthorized"))
        try:
            stored = self.world.files.download(request.match_info["path"])
        except Refusal as refusal:
            return _refused(refusal)
        return web.Response(body=stored.media.served, content_type="application/octet-stream")

    async def _nowhere(self, request: web.Request) -> web.Response:
        return _refused(Refusal(404, "Not Found"))


def _chat_id(arguments: CallArguments) -> int | None:
    try:
        return arguments.integer("chat_id")
    except Refusal:  # an @name
        return None


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.to_json(), status=refusal.code)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
