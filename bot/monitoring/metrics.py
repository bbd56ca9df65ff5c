"""Serve figures for Prometheus, in its text format.

Own code rather than a library: everything but the calls to Telegram is read from the store when it
is asked for, so that nothing is left of a library but the writing of three kinds of lines
(https://prometheus.io/docs/instrumenting/exposition_formats).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import web

from bot.settings import ListenAddress
from store.admin.metrics import Metric, read_metrics
from store.database.database import Database
from store.faults import outage
from store.system.operating_system import free_bytes

log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4"
READ_S = 10.0  # after which a database that does not answer counts as away


class CallCounter(BaseRequestMiddleware):
    """Count the calls to Telegram by method and outcome: ok, retry-after or error."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the request and count it."""
        outcome = "error"
        try:
            response = await make_request(bot, method)
            outcome = "ok"
            return response
        except TelegramRetryAfter:
            outcome = "retry-after"
            raise
        finally:
            self.counts[method.__api_method__, outcome] += 1

    def metric(self) -> Metric:
        """Return the counts since the start of this process."""
        samples = tuple(
            ({"method": method, "outcome": outcome}, float(count))
            for (method, outcome), count in sorted(self.counts.items())
        )
        return Metric("mazok_telegram_calls_total", "Calls to Telegram.", samples, "counter")


class MetricsServer:
    """Answer GET /metrics of one bot; what a database that is away does not tell is left out."""

    def __init__(
        self,
        db: Database,
        calls: CallCounter,
        folders: Mapping[str, Path],
        receiving: Callable[[], bool],
    ) -> None:
        """Take the counter of calls, local folders of the store, and whether updates arrive."""
        self._db, self._calls, self._folders, self._receiving = db, calls, folders, receiving

    async def run(self, listen: ListenAddress, stop: asyncio.Event) -> None:
        """Serve until `stop`; a port that is taken is logged, and does not end the bot."""
        app = web.Application()
        app.router.add_get("/metrics", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, *listen).start()
        except OSError as error:
            log.error("nothing can listen at MAZOK_METRICS: %s", error.strerror or error)
        try:
            await stop.wait()
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        text = render(await self.read())
        return web.Response(text=text, headers={"Content-Type": CONTENT_TYPE})

    async def read(self) -> list[Metric]:
        """Return the figures of this process and of the store."""
        metrics = [
            self._calls.metric(),
            Metric("mazok_receiving", "Whether updates can arrive.", value=self._receiving()),
            Metric("mazok_disk_free_bytes", "Free space.", tuple(self._free())),
        ]
        try:
            async with asyncio.timeout(READ_S):
                metrics += await read_metrics(self._db)
        except Exception as error:
            if outage(error) is None:
                log.exception("the metrics cannot be read")
            return [*metrics, Metric("mazok_database_up", "Whether it answers.", value=0)]
        return [*metrics, Metric("mazok_database_up", "Whether it answers.", value=1)]

    def _free(self) -> Iterator[tuple[Mapping[str, str], float]]:
        for name, folder in self._folders.items():
            if (free := free_bytes(folder)) is not None:
                yield {"place": name}, float(free)


def render(metrics: Iterable[Metric]) -> str:
    """Return the text format of metrics."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.about}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, value in metric.lines:
        pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield (
            f"{metric.name}{{{pairs}}} {float(value)!r}"
            if pairs
            else f"{metric.name} {float(value)!r}"
        )


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
