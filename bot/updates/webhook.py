"""Receive updates from Telegram over HTTP: each is stored before Telegram is told so."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiohttp import web

from bot.delivery.outcomes import is_token_refused
from bot.settings import ListenAddress
from bot.updates.polling import REFUSED
from store.database.database import Database
from store.faults import outage
from store.messages import inbox
from store.messages.inbox import IncomingUpdate, read_update
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MAX_BODY = 8 << 20  # bytes of one update


@dataclass(frozen=True)
class WebhookSettings:
    """Where Telegram delivers to, and where that arrives behind the reverse proxy."""

    url: str
    listen: ListenAddress
    failure_pauses_s: tuple[float, ...] = (1.0, 2.0, 5.0, 30.0)  # after failed calls in a row
    look_s: float = 60.0  # between looks at what Telegram says of the deliveries
    first_look_s: float = 2.0  # while updates are left that waited for the start
    answer_s: float = 20.0  # in which the store has to take an update; Telegram waits for longer


def secret_of(token: str) -> str:
    """Return what Telegram sends with each update: it cannot be guessed, nor leads to the token."""
    return hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()


class Webhook:
    """An HTTP server for updates; see `Polling`, in whose place it stands.

    `refused` is set, with a `refusal` to show, when Telegram does not accept the token or the
    address, `answered` once nothing is left of what waited for the start.
    """

    def __init__(
        self,
        bot: Bot,
        db: Database,
        kinds: Sequence[str],
        arrived: asyncio.Event,
        settings: WebhookSettings,
        *,
        waiting: Callable[[Sequence[IncomingUpdate]], Awaitable[None]] | None = None,
    ) -> None:
        """Take what is called with an update that the store cannot take yet."""
        self.refused = asyncio.Event()
        self.refusal = REFUSED
        self.answered = asyncio.Event()
        self._bot, self._db, self._arrived = bot, db, arrived
        self._kinds, self._settings, self._waiting = list(kinds), settings, waiting
        self._secret = secret_of(bot.token)
        self._is_set = False
        self._troubles: dict[str, str] = {}  # logged, and not over yet, by what they concern

    @property
    def trouble(self) -> str | None:
        """Return why no update can arrive; None while they can."""
        return next(iter(self._troubles.values()), None)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; what Telegram has by then, it delivers after the next start."""
        app = web.Application(client_max_size=MAX_BODY)
        # A reverse proxy may pass on the whole path or a part of it: the secret decides.
        app.router.add_post("/{path:.*}", self._receive)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, *self._settings.listen).start()
            await self._watch(stop)
        except OSError as error:
            reason = error.strerror or error
            self._refuse(f"nothing can listen at the address of MAZOK_WEBHOOK_LISTEN: {reason}")
        finally:
            await runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        """Store an update and answer 200; anything else makes Telegram deliver it again."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, ""), self._secret):
            return web.Response(status=401)
        try:
            update = read_update(json.loads(await request.read()))
        except (ValueError, AttributeError, RecursionError) as error:
            log.error("%s was passed over", error)  # it would come again for ever
            return web.Response()
        try:
            async with asyncio.timeout(self._settings.answer_s):
                await inbox.receive(self._db, [update])
        except Exception as error:
            known = self._db.availability.is_away
            self._report("store", f"updates have to wait: {outage(error) or error}", logged=known)
            if self._waiting is not None:
                await self._waiting([update])
            return web.Response(status=503)
        self._troubles.pop("store", None)
        self._arrived.set()
        return web.Response()

    async def _watch(self, stop: asyncio.Event) -> None:
        """Keep the webhook set, whatever other programs do, and tell what Telegram says of it."""
        failures, pauses_s = 0, self._settings.failure_pauses_s
        while not stop.is_set():
            try:
                pause_s = await self._look()
                self._troubles.pop("call", None)
                failures = 0
            except TelegramBadRequest as error:
                self._refuse(f"Telegram refuses MAZOK_WEBHOOK: {error.message}")
                return
            except Exception as error:
                if is_token_refused(error):
                    self._refuse(REFUSED)
                    return
                self._report("call", f"Telegram cannot be told of the webhook: {error}")
                pause_s = pauses_s[min(failures, len(pauses_s) - 1)]
                failures += 1
            await wait_or_timeout(pause_s, stop)

    async def _look(self) -> float:
        """Look at the webhook, and set it where it is not ours; return when to look again."""
        info = await self._bot.get_webhook_info()
        if not self._is_set or info.url != self._settings.url:
            if info.url and info.url != self._settings.url:
                log.warning(
                    "another program's webhook is replaced: %s", urlsplit(info.url).hostname
                )
            await self._bot.set_webhook(
                self._settings.url, allowed_updates=self._kinds, secret_token=self._secret
            )
            self._is_set = True
            log.info("Telegram delivers updates to %s", self._settings.url)
            return self._settings.first_look_s
        if not info.pending_update_count:
            self._troubles.pop("delivery", None)
        elif info.last_error_message and "store" not in self._troubles:
            reason = f"Telegram cannot deliver updates: {info.last_error_message}"
            self._report("delivery", reason)
        if info.pending_update_count and not self.answered.is_set():
            return self._settings.first_look_s
        self.answered.set()
        return self._settings.look_s

    def _refuse(self, reason: str) -> None:
        self.refusal = reason
        self.refused.set()

    def _report(self, what: str, trouble: str, *, logged: bool = False) -> None:
        if trouble != self._troubles.get(what) and not logged:
            log.error("%s", trouble)
        self._troubles[what] = trouble
