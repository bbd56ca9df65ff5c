"""The worker: claims jobs from the queue and paints each in a thread, several where that pays.

The files of a picture are made in another thread, while the next one is painted already.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from engine.answers.answering import Answering
from engine.check.painting import check_engine
from engine.errors import one_line
from engine.hardware import device_memory
from engine.kernels import allocator
from engine.logs import log_error
from engine.painting.batch.likeness import likeness
from engine.pipeline import Pipeline, limit_threads, open_pipeline, with_defaults
from engine.settings import EngineSettings
from engine.worker.attempts import Attempts
from engine.worker.capabilities import Capabilities
from engine.worker.faults import EngineHealth, PaintingStuck
from engine.worker.intervals import Intervals, retry, run_every, wait_or_timeout
from store import jobs
from store.database.database import Database
from store.errors import RequestError
from store.faults import outage
from store.files.files import Files
from store.jobs import engines
from store.model import Job
from store.request.request import DrawRequest

log = logging.getLogger(__name__)

Like = Callable[[DrawRequest], bool]


async def serve(
    db: Database,
    files: Files,
    settings: EngineSettings,
    stop: asyncio.Event,
    *,
    pipeline: Pipeline | None = None,
    intervals: Intervals | None = None,
    rehearse: bool = False,
) -> None:
    """Paint until `stop` is set; raise EngineError at once where its models cannot be loaded.

    rehearse: paint something tiny before the first job, and claim none until that succeeds.
    """
    allocator.share_one_arena()
    opened = pipeline if pipeline else await asyncio.to_thread(open_pipeline, settings)
    # A thread for each painting; all else that torch does is done in one of them, too.
    thread = ThreadPoolExecutor(opened.most_at_once, "painting", limit_threads, (settings,))
    encoding = ThreadPoolExecutor(opened.most_at_once, "encoding")
    try:
        loop = asyncio.get_running_loop()
        capabilities = await loop.run_in_executor(thread, Capabilities, opened, settings)
        intervals = intervals or Intervals(lease=settings.lease_seconds)

        async def check() -> None:
            begun = asyncio.Event()

            def act() -> None:
                loop.call_soon_threadsafe(begun.set)
                check_engine(opened, settings)

            checking = loop.run_in_executor(thread, act)
            while not begun.is_set():  # another painting is in the thread, perhaps for ever
                if stop.is_set():
                    raise RuntimeError("the engine ends before it has checked itself")
                await wait_or_timeout(begun, intervals.poll)
            await asyncio.wait({checking}, timeout=intervals.check)
            if not checking.done():
                raise PaintingStuck
            checking.result()

        health = EngineHealth(check, pauses_s=intervals.fault_pauses)
        given = db, files, settings, opened, thread
        attempts = Attempts(*given, encoding, intervals, stop, health)
        worker = _Worker(*given, intervals, stop, capabilities, health, attempts)
        if not rehearse or await worker.rehearse():
            await worker.run()
    finally:
        thread.shutdown(wait=False)
        encoding.shutdown(wait=False)


@dataclass(frozen=True)
class _Worker:
    db: Database
    files: Files
    settings: EngineSettings
    pipeline: Pipeline
    thread: ThreadPoolExecutor
    intervals: Intervals
    stop: asyncio.Event
    capabilities: Capabilities
    health: EngineHealth
    attempts: Attempts
    at_fault: asyncio.Event = field(default_factory=asyncio.Event)  # set while out of the queue

    async def rehearse(self) -> bool:
        """Return True once the engine is well; False if `stop` came first."""
        if not await self.health.is_well():
            await self._leave_until_well()
        return not self.stop.is_set()

    async def run(self) -> None:
        """Claim and paint jobs, with the heartbeat, the reaper and the list of models beside."""
        over = asyncio.Event()
        answering = Answering(self.db, self.files, self.pipeline, self.settings)
        background = [
            asyncio.create_task(answering.run(over, self.intervals.poll)),
            asyncio.create_task(
                run_every(self.intervals.heartbeat, over, "heartbeat", self._heartbeat)
            ),
            asyncio.create_task(run_every(self.intervals.reap, over, "reaper", self._reap)),
            asyncio.create_task(
                run_every(self.intervals.refresh, over, "look at the models", self._refresh)
            ),
        ]
        name = self.capabilities.state.name
        log.info("engine %s is ready on %s", name, self.capabilities.state.device)
        try:
            while not self.stop.is_set():
                await self.attempts.wait_for_encoder()
                if self.attempts.failed.is_set():
                    await self._leave_until_well()
                elif not self.stop.is_set():
                    job = await self._claim()
                    if job is None:
                        await wait_or_timeout(self.stop, self.intervals.poll)
                    else:
                        await self._paint_with_others(job)
        finally:
            self.stop.set()  # also where an error ends it
            await self.attempts.wait_for_ends()
            over.set()
            await asyncio.gather(*background)
            await retry(partial(engines.remove_engine, self.db, name), self.intervals, self.stop)
        self.attempts.raise_if_stuck()

    async def _claim(self, like: Like | None = None, among: int = 1) -> Job | None:
        """Return the next job, or the next one like that among so many; None without one."""
        state, lease = self.capabilities.state, self.intervals.lease
        try:
            return await jobs.claim(self.db, state.name, lease, state, like=like, among=among)
        except Exception as error:
            if outage(error) is None:
                log_error(log, logging.ERROR, "cannot look for a job", error)
            await wait_or_timeout(self.stop, self.intervals.reap)
            return None

    async def _paint_with_others(self, first: Job) -> None:
        """Make one attempt at a job, and beside it at others that can share its steps.

        While the first one lasts, those like it may overtake others in the queue, which so wait for
        one more picture at most; after it only those join whose turn it is.
        """
        leader = self.attempts.begin(first)
        kind, most = self._kind(first), self.pipeline.most_at_once
        if kind is None or most == 1:
            await leader
            return
        size = asyncio.create_task(self._batch_size(first))
        painting = {leader}

        def alike(request: DrawRequest) -> bool:
            return likeness(with_defaults(request, self.settings)) == kind

        while painting:
            full = not size.done() or len(painting) >= size.result()
            encoding = self.attempts.unended - len(painting)
            over = self.attempts.failed.is_set() or self.stop.is_set()
            if not full and not over and encoding <= most:
                joining = await self._claim(alike, 1 if leader.done() else jobs.LISTED)
                if joining is not None:
                    painting.add(self.attempts.begin(joining))
                    continue
            _, painting = await asyncio.wait(
                painting, timeout=self.intervals.poll, return_when=asyncio.FIRST_COMPLETED
            )
        size.cancel()

    async def _batch_size(self, job: Job) -> int:
        """Return how many jobs like this one are best painted at once."""
        loop, pipeline = asyncio.get_running_loop(), self.pipeline
        try:
            request = with_defaults(job.request, self.settings)

            def measure() -> int:
                return pipeline.at_once(request, pipeline.load(request))

            return await loop.run_in_executor(self.thread, measure)
        except Exception as error:  # which the attempt meets with, too
            log.info("nothing is painted beside it: %s", one_line(error))
            return 1

    def _kind(self, job: Job) -> Hashable | None:
        """Return what jobs that share their steps have in common; None if it shares none."""
        try:
            return likeness(with_defaults(job.request, self.settings))
        except RequestError:  # of which the attempt tells
            return None

    async def _leave_until_well(self) -> None:
        """Leave the queue until the engine can paint again; tell the administrators of both."""
        name, reason = self.capabilities.state.name, self.health.reason
        log.error("this engine leaves the queue until it can paint again: %s", reason)
        self.attempts.failed.clear()
        self.at_fault.set()
        left = partial(engines.leave_queue, self.db, name, reason)
        await retry(left, self.intervals, self.stop)
        if await self.health.wait_until_well(self.stop):
            self.at_fault.clear()
            log.info("this engine can paint again")
            await retry(
                partial(engines.return_to_queue, self.db, self.capabilities.state),
                self.intervals,
                self.stop,
            )

    async def _heartbeat(self) -> None:
        if self.at_fault.is_set():
            return
        state = self.capabilities.state
        memory = await asyncio.to_thread(device_memory, state.device)
        await engines.record_heartbeat(self.db, replace(state, memory=memory))

    async def _refresh(self) -> None:
        """Update the list of models: they may be pulled, added or deleted while the engine runs."""
        if await asyncio.to_thread(self.capabilities.refresh):
            log.info("the models are now %s", ", ".join(self.capabilities.state.models))
            await self._heartbeat()

    async def _reap(self) -> None:
        for job_id, state in await jobs.reap(self.db):
            log.warning("job %s had lost its engine, now it is %s", job_id, state)
