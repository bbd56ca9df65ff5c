"""One attempt at one job, in the event loop: progress while it is painted, then its end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, NoReturn, TypeVar

from engine.errors import EngineError
from engine.logs import log_error
from engine.worker.faults import EngineHealth, PaintingStuck
from engine.worker.finished import FinishedPainting
from engine.worker.intervals import Intervals, run_every
from engine.worker.intervals import retry as retry_in_store
from engine.worker.job_painter import HaltSignal, JobPainter
from store import jobs
from store.database.database import Database
from store.faults import Owner, owner_of
from store.jobs import engines
from store.model import Notice, lasting
from store.questions.vectors import record_vectors

log = logging.getLogger(__name__)

T = TypeVar("T")

FAILED = Notice("engine-failed")
TIMED_OUT = Notice("engine-too-slow")


class AttemptEnd(Enum):
    """What an attempt tells about the engine that made it."""

    PAINTED = "the engine is well"
    ENGINE_FAULT = "the engine cannot paint"
    OTHER = "nothing"


@dataclass(frozen=True)
class Attempt:
    """One attempt at a claimed job."""

    painter: JobPainter
    db: Database
    painting: ThreadPoolExecutor
    encoding: ThreadPoolExecutor
    painted: asyncio.Event  # set when the device is free for another one
    intervals: Intervals
    stop: asyncio.Event  # set when the engine is to end
    limit: float  # seconds after which a painting is given up
    health: EngineHealth

    async def run(self) -> AttemptEnd:
        """Paint, record the end and return it.

        Raises PaintingStuck where the painting cannot be stopped.
        """
        over = asyncio.Event()
        beats = asyncio.create_task(run_every(self.intervals.beat, over, "beat", self._beat))
        painted: FinishedPainting | Exception | None
        engines_fault = False
        try:
            painted = await self._paint()
        except PaintingStuck:
            raise
        except Exception as error:
            painted = error
            if self.painter.halted is None:
                engines_fault = await self.health.is_engines_fault(self.painter.job.id, error)
        finally:
            over.set()
            await beats  # not cancelled, which could interrupt a transaction
        if engines_fault and isinstance(painted, Exception) and self.painter.halted is None:
            closed = await self._hand_back(painted)
        else:
            closed = await self._end(painted)
        if closed:
            await asyncio.to_thread(self.painter.delete_intermediate_files)
        if engines_fault:
            return AttemptEnd.ENGINE_FAULT
        return AttemptEnd.PAINTED if isinstance(painted, FinishedPainting) else AttemptEnd.OTHER

    async def _paint(self) -> FinishedPainting | None:
        """Wait for the painting; halt it when the engine stops or the time limit is reached."""
        loop, painter = asyncio.get_running_loop(), self.painter
        run = asyncio.create_task(self._paint_and_encode())
        stopping = asyncio.create_task(self.stop.wait())
        try:
            ends: list[asyncio.Future[Any]] = [run, stopping]
            started = loop.time()
            # The time in which the store was away does not count.
            while (left := started + self.limit + painter.waited_s - loop.time()) > 0:
                done, _ = await asyncio.wait(
                    ends, timeout=left, return_when=asyncio.FIRST_COMPLETED
                )
                if done:
                    break
            if not run.done() and not self.stop.is_set():
                painter.halt(HaltSignal.LATE)
                grace = self.intervals.grace
                await asyncio.wait(ends, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
            if not run.done() and self.stop.is_set():
                painter.halt(HaltSignal.RELEASED)
                await asyncio.wait({run}, timeout=self.intervals.stop_grace)
        finally:
            stopping.cancel()
            if not run.done():
                painter.halt(HaltSignal.RELEASED)
        if not run.done():
            run.cancel()  # what the threads do ends, but nothing follows
            await self._give_up()
        return await run

    async def _paint_and_encode(self) -> FinishedPainting | None:
        """Paint in one thread and make the files in another, while the first one paints on."""
        loop, context = asyncio.get_running_loop(), copy_context()
        write = await loop.run_in_executor(self.painting, context.run, self.painter.run)
        self.painted.set()
        if write is None:
            return None
        return await loop.run_in_executor(self.encoding, context.run, write)

    async def _give_up(self) -> NoReturn:
        """Record what can be known of a painting whose thread goes on; only its process ends it."""
        reason = self.painter.halted
        self.painter.halt(HaltSignal.LOST)  # from here on the thread writes nothing
        if reason is HaltSignal.LATE:
            log.critical("the painting does not stop; only the end of the process ends it")
            await self._fail(TIMED_OUT, retry=False)
        elif reason is not HaltSignal.LOST:
            if reason is HaltSignal.RELEASED:
                await asyncio.to_thread(self.painter.latents.save_kept)
            await self._release()  # a job that was cancelled is closed
        raise PaintingStuck

    async def _release(self) -> None:
        """Give the job back, with the latent that was just saved."""
        await self._retry(self._beat)
        await self._retry(partial(jobs.release, self.db, self.painter.job.id, self.painter.token))
        saved = self.painter.latents.saved
        reached = saved[0] if saved else self.painter.job.saved_step or 0
        log.info("released: it goes on from step %s of %s", reached, self.painter.steps)

    async def _beat(self) -> None:
        """Renew the lease, however slow a step is, and record the progress."""
        painter = self.painter
        saved = painter.latents.saved
        beat = await jobs.beat(
            self.db,
            painter.job.id,
            painter.token,
            step=painter.step,
            steps=painter.steps,
            drawn=painter.drawn,
            loss=painter.loss,
            preview=painter.preview,
            saved=saved,
            lease_s=self.intervals.lease,
        )
        if not beat.alive:
            painter.halt(HaltSignal.LOST)
        elif beat.cancel:
            painter.halt(HaltSignal.CANCELLED)
        # What was said of a step that an earlier attempt made holds from that step on.
        painter.keep = beat.keep and painter.step >= painter.job.step
        if beat.alive and saved:
            await asyncio.to_thread(painter.latents.delete_before, saved[1])

    async def _end(self, painted: FinishedPainting | Exception | None) -> bool:
        """Record how the attempt ended; return True where nobody will paint the job again."""
        painter = self.painter
        job, token = painter.job.id, painter.token
        if painter.halted is HaltSignal.LOST:
            log.warning("stopped: the job is no longer ours")
            return False
        if painter.halted is HaltSignal.CANCELLED:
            log.info("stopped: the requester cancelled it")
            await self._retry(self._beat)  # records the last frame
            return await self._retry(partial(jobs.cancelled, self.db, job, token))
        gave_up_waiting = painter.halted is HaltSignal.RELEASED and (
            isinstance(painted, Exception) and owner_of(painted) is Owner.STORE
        )
        if isinstance(painted, Exception) and not gave_up_waiting:
            log_error(log, logging.ERROR, "failed", painted)
            notice = painted.notice if isinstance(painted, EngineError) else FAILED
            return await self._fail(notice, retry=notice is FAILED)
        if isinstance(painted, FinishedPainting):
            return await self._finish(painted)
        if painter.halted is HaltSignal.LATE:
            log.error("given up after %.0f minutes", self.limit / 60)
            return await self._fail(TIMED_OUT, retry=False)
        await self._release()
        return False

    async def _hand_back(self, error: Exception) -> bool:
        """Give the job back at no cost; return True where nobody will paint it again."""
        log_error(log, logging.ERROR, "handed back, as this engine is at fault", error)
        notice = error.notice if isinstance(error, EngineError) else FAILED
        job, token = self.painter.job.id, self.painter.token
        hand_back = partial(jobs.hand_back, self.db, job, token, notice)
        return await self._retry(hand_back) in ("failed", "cancelled")

    async def _fail(self, notice: Notice, *, retry: bool) -> bool:
        job, token = self.painter.job.id, self.painter.token
        fail = partial(jobs.fail, self.db, job, token, notice, retry=retry)
        return await self._retry(fail) in ("failed", "cancelled")

    async def _finish(self, done: FinishedPainting) -> bool:
        job, token = self.painter.job.id, self.painter.token
        finish = partial(
            jobs.finish,
            self.db,
            job,
            token,
            verdict=done.verdict,
            planned=self.painter.steps,
            stopped=done.stopped,
        )
        notices = (*lasting(self.painter.job.notices), *done.notices)
        if not await self._retry(partial(finish, done.result, notices)):
            # Its files stay: a commit whose answer was lost looks the same as a lost job.
            log.warning("painted in vain: the job is no longer ours")
            return False
        log.info("done: %s steps in %.1f s", done.result.steps, done.result.seconds)
        if done.film_fault is not None:
            report = partial(engines.report_encoder, self.db, job, done.film_fault)
            await self._retry(report)
        speed = partial(engines.record_speed, self.db, done.speed_key, done.seconds_per_step)
        await self._retry(speed)
        await self._retry(partial(record_vectors, self.db, job, done.vectors))
        return True

    async def _retry(self, act: Callable[[], Awaitable[T]]) -> T:
        return await retry_in_store(act, self.intervals, self.stop)
