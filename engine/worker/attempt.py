"""One attempt at one job, in the event loop: beats while it is painted, then what came of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn, TypeVar

from engine.errors import EngineError
from engine.logs import log_error
from engine.worker.intervals import Intervals, run_every
from engine.worker.intervals import retry as insist
from engine.worker.job_painter import FinishedPainting, HaltSignal, JobPainter
from store import jobs
from store.database.database import Database
from store.jobs import engines
from store.model import Notice

log = logging.getLogger(__name__)

T = TypeVar("T")

FAILED = Notice("engine-failed")
TIMED_OUT = Notice("engine-too-slow")


class PaintingStuck(Exception):
    """The painting thread does not react; only the end of the process ends it."""


@dataclass(frozen=True)
class Attempt:
    """`stop` is the engine's end, `limit` the seconds after which a painting is given up."""

    easel: JobPainter
    db: Database
    thread: ThreadPoolExecutor
    pace: Intervals
    stop: asyncio.Event
    limit: float

    async def make(self) -> None:
        """Paints, up to the transaction that ends the attempt; Stuck where it cannot be stopped."""
        over = asyncio.Event()
        beats = asyncio.create_task(run_every(self.pace.beat, over, "beat", self._beat))
        painted: FinishedPainting | Exception | None
        try:
            painted = await self._attend()
        except PaintingStuck:
            raise
        except Exception as error:
            painted = error
        finally:
            over.set()
            await beats  # ended, not cancelled: that could tear a transaction
        if await self._end(painted):
            await asyncio.to_thread(self.easel.sweep)

    async def _attend(self) -> FinishedPainting | None:
        """Waits for the painting; halts it when the engine is to stop or the time is up."""
        loop, easel = asyncio.get_running_loop(), self.easel
        within = copy_context()
        run = loop.run_in_executor(self.thread, lambda: within.run(easel.run))
        stopping = asyncio.create_task(self.stop.wait())
        try:
            ends: list[asyncio.Future[Any]] = [run, stopping]
            await asyncio.wait(ends, timeout=self.limit, return_when=asyncio.FIRST_COMPLETED)
            if not run.done():
                easel.halt(HaltSignal.RELEASED if self.stop.is_set() else HaltSignal.LATE)
                await asyncio.wait({run}, timeout=self.pace.grace)
        finally:
            stopping.cancel()
            if not run.done():
                easel.halt(HaltSignal.RELEASED)
        if not run.done():
            await self._give_up()
        return await run

    async def _give_up(self) -> NoReturn:
        log.critical("the painting does not stop; only the end of the process ends it")
        if self.easel.halted is HaltSignal.LATE:
            await self._fail(TIMED_OUT, retry=False)
        raise PaintingStuck

    async def _beat(self) -> None:
        """Renews the lease, however slow a step is, and tells how far the painting is."""
        easel = self.easel
        saved = easel.saved
        beat = await jobs.beat(
            self.db,
            easel.job.id,
            easel.token,
            step=easel.step,
            steps=easel.steps,
            loss=easel.loss,
            preview=easel.preview,
            saved=saved,
            lease_s=self.pace.lease,
        )
        if not beat.alive:
            easel.halt(HaltSignal.LOST)
        elif beat.cancel:
            easel.halt(HaltSignal.CANCELLED)
        if beat.alive and saved:
            await asyncio.to_thread(easel.forget_latents_before, saved[1])

    async def _end(self, painted: FinishedPainting | Exception | None) -> bool:
        """Records how the attempt ended; True where nobody will paint the job again."""
        easel = self.easel
        job, token = easel.job.id, easel.token
        if easel.halted is HaltSignal.LOST:
            log.warning("stopped: the job is no longer ours")
            return False
        if easel.halted is HaltSignal.CANCELLED:
            log.info("stopped: the asker cancelled it")
            await self._insist(self._beat)  # names the frame that it got to
            return await self._insist(partial(jobs.cancelled, self.db, job, token))
        if isinstance(painted, Exception):
            log_error(log, logging.ERROR, "failed", painted)
            notice = painted.notice if isinstance(painted, EngineError) else FAILED
            return await self._fail(notice, retry=notice is FAILED)
        if painted is not None:
            return await self._finish(painted)
        if easel.halted is HaltSignal.LATE:
            log.error("given up after %.0f minutes", self.limit / 60)
            return await self._fail(TIMED_OUT, retry=False)
        await self._insist(self._beat)  # names the latent that was just saved
        await self._insist(partial(jobs.release, self.db, job, token))
        log.info("released at step %s of %s", easel.step, easel.steps)
        return False

    async def _fail(self, notice: Notice, *, retry: bool) -> bool:
        job, token = self.easel.job.id, self.easel.token
        fail = partial(jobs.fail, self.db, job, token, notice, retry=retry)
        return await self._insist(fail) in ("failed", "cancelled")

    async def _finish(self, done: FinishedPainting) -> bool:
        job, token = self.easel.job.id, self.easel.token
        finish = partial(jobs.finish, self.db, job, token, verdict=done.verdict)
        if not await self._insist(partial(finish, done.result, done.notices)):
            # Its files stay: an answer that got lost on the way looks the same as a lost job.
            log.warning("painted in vain: the job is no longer ours")
            return False
        log.info("done: %s steps in %.1f s", done.result.steps, done.result.seconds)
        speed = partial(engines.record_speed, self.db, done.speed_key, done.seconds_per_step)
        await self._insist(speed)
        return True

    async def _insist(self, act: Callable[[], Awaitable[T]]) -> T:
        return await insist(act, self.pace)
