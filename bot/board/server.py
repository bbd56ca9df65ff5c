"""Serve the board to whoever knows its address, from this machine alone."""

import asyncio
import hmac
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from bot.board.report import read_board, read_pictures
from bot.settings import BotSettings
from store.database.database import Database
from store.errors import StoreError
from store.files.files import Files
from store.jobs.queue import find
from store.system.loopback import add_headers, page_files, refuse_foreign
from store.texts import Texts, plain_texts, supported_language

HOST = "127.0.0.1"
_STATIC = Path(__file__).with_name("static")
_TEXTS = Path(__file__).with_name("texts")


class Board:
    """A read-only page; without the right token every address is unknown."""

    def __init__(
        self, db: Database, files: Files, settings: BotSettings, texts: Texts, token: str
    ) -> None:
        self._db, self._files, self._settings = db, files, settings
        self._texts, self._token = texts, token
        self._pages = page_files(_STATIC)

    async def run(self, port: int, stop: asyncio.Event, announce: Callable[[str], None]) -> None:
        """Serve until `stop`; pass the address to `announce` once it answers."""
        app = web.Application(middlewares=[refuse_foreign(())])
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/{token}/", self._page)
        app.router.add_get("/{token}/board.json", self._board)
        app.router.add_get("/{token}/pictures.json", self._pictures)
        app.router.add_get("/{token}/texts.json", self._page_texts)
        app.router.add_get(r"/{token}/picture/{job:\d{1,18}}", self._picture)
        app.router.add_get("/{token}/{name}", self._page)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port).start()
            announce(f"http://{HOST}:{runner.addresses[0][1]}/{self._token}/")
            await stop.wait()
        finally:
            await runner.cleanup()

    def _check(self, request: web.Request) -> None:
        given = request.match_info["token"].encode()
        if not hmac.compare_digest(given, self._token.encode()):
            raise web.HTTPNotFound

    async def _page(self, request: web.Request) -> web.Response:
        self._check(request)
        name = request.match_info.get("name", "index.html")
        if name not in self._pages:
            raise web.HTTPNotFound
        return self._pages[name].response()

    async def _page_texts(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response(plain_texts(_TEXTS))

    async def _board(self, request: web.Request) -> web.Response:
        self._check(request)
        language = supported_language(request.query.get("language"))
        return web.json_response(await read_board(self._db, self._texts, self._settings, language))

    async def _pictures(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response(await read_pictures(self._db, request.query.get("words", "")))

    async def _picture(self, request: web.Request) -> web.Response:
        """Answer with a picture, whose key in the files comes from the store."""
        self._check(request)
        job = await find(self._db, int(request.match_info["job"]))
        if job is None or job.result is None:
            raise web.HTTPNotFound
        try:
            data = await asyncio.to_thread(self._files.read, job.result.picture)
        except (OSError, StoreError):
            raise web.HTTPNotFound from None
        return web.Response(
            body=data, content_type="image/png", headers={"Cache-Control": "private, max-age=3600"}
        )
