"""The worker: takes jobs from the queue one by one, paints each in a thread, reports as it goes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, NoReturn, TypeVar

from engine.easel import Easel, Finished, Halt
from engine.errors import EngineError
from engine.foreseen import report
from engine.journal import JOB
from engine.offer import Offer
from engine.settings import EngineSettings
from engine.studio import Studio, complete, open_studio
from store import engines, jobs
from store.database import Database
from store.errors import RequestError
from store.files import Files
from store.jobs import Job, Notice

log = logging.getLogger(__name__)

T = TypeVar("T")

FAILED = Notice("engine-failed")
TOO_SLOW = Notice("engine-too-slow")


@dataclass(frozen=True)
class Pace:
    """How often things are done, in seconds."""

    poll: float = 0.3  # looking for a job while there is none
    beat: float = 1.0  # of a job
    heartbeat: float = 4.0  # of the engine
    reap: float = 5.0
    look: float = 4.0  # at the models' folder
    lease: float = 30.0  # of a job, until another engine may take it
    patience: float = 60.0  # with a database that does not take the end of a job
    grace: float = 60.0  # for a step to end once the painting is to stop


class Stuck(Exception):
    """The painting thread does not react; only the end of the process ends it."""


async def serve(
    db: Database,
    files: Files,
    settings: EngineSettings,
    stop: asyncio.Event,
    *,
    studio: Studio | None = None,
    pace: Pace | None = None,
) -> None:
    """Paints until `stop` is set; raises EngineError at once where its own models cannot be had."""
    # One thread for everything that torch does: never two paintings at a time.
    thread = ThreadPoolExecutor(1, thread_name_prefix="painting")
    try:
        loop = asyncio.get_running_loop()
        ready = studio or await loop.run_in_executor(thread, open_studio, settings)
        assert ready is not None
        offer = await loop.run_in_executor(thread, Offer, ready, settings)
        pace = pace or Pace(lease=settings.lease_seconds)
        await _Worker(db, files, settings, ready, thread, pace, stop, offer).work()
    finally:
        thread.shutdown(wait=False)


@dataclass(frozen=True)
class _Worker:
    db: Database
    files: Files
    settings: EngineSettings
    studio: Studio
    thread: ThreadPoolExecutor
    pace: Pace
    stop: asyncio.Event
    offer: Offer

    async def work(self) -> None:
        """Claims and paints, while the engine's heartbeat and the reaper go on beside."""
        over = asyncio.Event()
        beside = [
            asyncio.create_task(_every(self.pace.heartbeat, over, "heartbeat", self._heartbeat)),
            asyncio.create_task(_every(self.pace.reap, over, "reaper", self._reap)),
            asyncio.create_task(_every(self.pace.look, over, "look at the models", self._look)),
        ]
        name = self.offer.state.name
        log.info("engine %s is ready on %s", name, self.offer.state.device)
        try:
            while not self.stop.is_set():
                try:
                    job = await jobs.claim(self.db, name, self.pace.lease, self.offer.state)
                except Exception as error:  # a database that is away comes back
                    report(log, logging.ERROR, "cannot look for a job", error)
                    await _passed(self.stop, self.pace.reap)
                    continue
                if job is None:
                    await _passed(self.stop, self.pace.poll)
                else:
                    await self._paint(job)
        finally:
            over.set()
            await asyncio.gather(*beside)
            await self._insist(partial(engines.leave, self.db, name))

    async def _heartbeat(self) -> None:
        await engines.beat_engine(self.db, self.offer.state)

    async def _look(self) -> None:
        """Models may be pulled, added or deleted while the engine runs."""
        if await asyncio.to_thread(self.offer.look):
            log.info("the models are now %s", ", ".join(self.offer.state.models))
            await self._heartbeat()

    async def _reap(self) -> None:
        for job_id, state in await jobs.reap(self.db):
            log.warning("job %s had lost its engine, now it is %s", job_id, state)

    async def _paint(self, job: Job) -> None:
        """One attempt, from the claim to the transaction that ends it; only Stuck gets out."""
        mark = JOB.set(job.id)
        try:
            log.info("attempt %s", job.attempt)
            try:
                request = complete(job.request, self.settings)
            except RequestError as error:  # written under other limits, or damaged
                await self._refuse(job, error)
                return
            easel = Easel(job, request, self.studio, self.files)
            over = asyncio.Event()
            act = partial(self._beat, easel)
            beats = asyncio.create_task(_every(self.pace.beat, over, "beat", act))
            painted: Finished | Exception | None
            try:
                painted = await self._attend(easel)
            except Stuck:
                raise
            except Exception as error:
                painted = error
            finally:
                over.set()
                await beats  # ended, not cancelled: that could tear a transaction
            if await self._end(easel, painted):
                await asyncio.to_thread(easel.sweep)
        except Stuck:
            raise
        except Exception as error:
            what = "the end of the job was not recorded, so its lease will run out"
            report(log, logging.ERROR, what, error)
        finally:
            JOB.reset(mark)

    async def _refuse(self, job: Job, error: RequestError) -> None:
        report(log, logging.ERROR, "its request cannot be painted", error)
        notice = Notice(error.key, dict(error.values))
        fail = partial(jobs.fail, self.db, job.id, job.token or "", notice, retry=False)
        await self._insist(fail)

    async def _attend(self, easel: Easel) -> Finished | None:
        """Waits for the painting; halts it when the engine is to stop or the time is up."""
        loop = asyncio.get_running_loop()
        within = copy_context()
        run = loop.run_in_executor(self.thread, lambda: within.run(easel.run))
        stopping = asyncio.create_task(self.stop.wait())
        limit = self.settings.job_minutes * 60
        try:
            ends: list[asyncio.Future[Any]] = [run, stopping]
            await asyncio.wait(ends, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if not run.done():
                easel.halt(Halt.RELEASED if self.stop.is_set() else Halt.LATE)
                await asyncio.wait({run}, timeout=self.pace.grace)
        finally:
            stopping.cancel()
            if not run.done():
                easel.halt(Halt.RELEASED)
        if not run.done():
            await self._give_up(easel)
        return await run

    async def _give_up(self, easel: Easel) -> NoReturn:
        log.critical("the painting does not stop; only the end of the process ends it")
        if easel.halted is Halt.LATE:
            await self._fail(easel, TOO_SLOW, retry=False)
        raise Stuck

    async def _beat(self, easel: Easel) -> None:
        """Renews the lease, however slow a step is, and tells how far the painting is."""
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
            easel.halt(Halt.LOST)
        elif beat.cancel:
            easel.halt(Halt.CANCELLED)
        if beat.alive and saved:
            await asyncio.to_thread(easel.forget_latents_before, saved[1])

    async def _end(self, easel: Easel, painted: Finished | Exception | None) -> bool:
        """Records how the attempt ended; True where nobody will paint the job again."""
        job, token = easel.job.id, easel.token
        if easel.halted is Halt.LOST:
            log.warning("stopped: the job is no longer ours")
            return False
        if easel.halted is Halt.CANCELLED:
            log.info("stopped: the asker cancelled it")
            await self._insist(partial(self._beat, easel))  # names the frame that it got to
            return await self._insist(partial(jobs.cancelled, self.db, job, token))
        if isinstance(painted, Exception):
            report(log, logging.ERROR, "failed", painted)
            notice = painted.notice if isinstance(painted, EngineError) else FAILED
            return await self._fail(easel, notice, retry=notice is FAILED)
        if painted is not None:
            return await self._finish(easel, painted)
        if easel.halted is Halt.LATE:
            log.error("given up after %s minutes", self.settings.job_minutes)
            return await self._fail(easel, TOO_SLOW, retry=False)
        await self._insist(partial(self._beat, easel))  # names the latent that was just saved
        await self._insist(partial(jobs.release, self.db, job, token))
        log.info("released at step %s of %s", easel.step, easel.steps)
        return False

    async def _fail(self, easel: Easel, notice: Notice, *, retry: bool) -> bool:
        fail = partial(jobs.fail, self.db, easel.job.id, easel.token, notice, retry=retry)
        return await self._insist(fail) in ("failed", "cancelled")

    async def _finish(self, easel: Easel, done: Finished) -> bool:
        finish = partial(jobs.finish, self.db, easel.job.id, easel.token, verdict=done.verdict)
        if not await self._insist(partial(finish, done.result, done.notices)):
            # Its files stay: an answer that got lost on the way looks the same as a lost job.
            log.warning("painted in vain: the job is no longer ours")
            return False
        log.info("done: %s steps in %.1f s", done.result.steps, done.result.seconds)
        speed = partial(engines.record_speed, self.db, done.speed_key, done.seconds_per_step)
        await self._insist(speed)
        return True

    async def _insist(self, act: Callable[[], Awaitable[T]]) -> T:
        """Tries again while the database is locked, full or away, within reason."""
        began = monotonic()
        while True:
            try:
                return await act()
            except Exception as error:
                if monotonic() - began > self.pace.patience:
                    raise
                report(log, logging.WARNING, "the database did not take it, trying again", error)
                await asyncio.sleep(self.pace.beat)


async def _every(
    seconds: float, over: asyncio.Event, what: str, act: Callable[[], Awaitable[None]]
) -> None:
    """Acts until it is over; what fails now may work the next time."""
    while not over.is_set():
        try:
            await act()
        except Exception as error:
            report(log, logging.WARNING, f"{what} failed, trying again", error)
        await _passed(over, seconds)


async def _passed(event: asyncio.Event, seconds: float) -> None:
    """Waits for the event, but not longer than that."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
