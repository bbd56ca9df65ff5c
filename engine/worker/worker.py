"""The worker: takes jobs from the queue one by one and has each painted in a thread."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from engine.logs import JOB, log_error
from engine.pipeline import Pipeline, open_pipeline, with_defaults
from engine.settings import EngineSettings
from engine.worker.attempt import Attempt, PaintingStuck
from engine.worker.capabilities import Capabilities
from engine.worker.intervals import Intervals, retry, run_every, wait_or_timeout
from engine.worker.job_painter import JobPainter
from store import jobs
from store.database.database import Database
from store.errors import RequestError
from store.files.files import Files
from store.jobs import engines
from store.model import Job, Notice

log = logging.getLogger(__name__)


async def serve(
    db: Database,
    files: Files,
    settings: EngineSettings,
    stop: asyncio.Event,
    *,
    pipeline: Pipeline | None = None,
    pace: Intervals | None = None,
) -> None:
    """Paints until `stop` is set; raises EngineError at once where its own models cannot be had."""
    # One thread for everything that torch does: never two paintings at a time.
    thread = ThreadPoolExecutor(1, thread_name_prefix="painting")
    try:
        loop = asyncio.get_running_loop()
        ready = pipeline or await loop.run_in_executor(thread, open_pipeline, settings)
        assert ready is not None
        offer = await loop.run_in_executor(thread, Capabilities, ready, settings)
        pace = pace or Intervals(lease=settings.lease_seconds)
        await _Worker(db, files, settings, ready, thread, pace, stop, offer).work()
    finally:
        thread.shutdown(wait=False)


@dataclass(frozen=True)
class _Worker:
    db: Database
    files: Files
    settings: EngineSettings
    pipeline: Pipeline
    thread: ThreadPoolExecutor
    pace: Intervals
    stop: asyncio.Event
    offer: Capabilities

    async def work(self) -> None:
        """Claims and paints, while the engine's heartbeat and the reaper go on beside."""
        over = asyncio.Event()
        beside = [
            asyncio.create_task(run_every(self.pace.heartbeat, over, "heartbeat", self._heartbeat)),
            asyncio.create_task(run_every(self.pace.reap, over, "reaper", self._reap)),
            asyncio.create_task(run_every(self.pace.look, over, "look at the models", self._look)),
        ]
        name = self.offer.state.name
        log.info("engine %s is ready on %s", name, self.offer.state.device)
        try:
            while not self.stop.is_set():
                try:
                    job = await jobs.claim(self.db, name, self.pace.lease, self.offer.state)
                except Exception as error:  # a database that is away comes back
                    log_error(log, logging.ERROR, "cannot look for a job", error)
                    await wait_or_timeout(self.stop, self.pace.reap)
                    continue
                if job is None:
                    await wait_or_timeout(self.stop, self.pace.poll)
                else:
                    await self._paint(job)
        finally:
            over.set()
            await asyncio.gather(*beside)
            await retry(partial(engines.remove_engine, self.db, name), self.pace)

    async def _heartbeat(self) -> None:
        await engines.record_heartbeat(self.db, self.offer.state)

    async def _look(self) -> None:
        """Models may be pulled, added or deleted while the engine runs."""
        if await asyncio.to_thread(self.offer.look):
            log.info("the models are now %s", ", ".join(self.offer.state.models))
            await self._heartbeat()

    async def _reap(self) -> None:
        for job_id, state in await jobs.reap(self.db):
            log.warning("job %s had lost its engine, now it is %s", job_id, state)

    async def _paint(self, job: Job) -> None:
        """One attempt, from the claim to its end, whatever happens."""
        mark = JOB.set(job.id)
        try:
            log.info("attempt %s", job.attempt)
            try:
                request = with_defaults(job.request, self.settings)
            except RequestError as error:  # written under other limits, or damaged
                await self._refuse(job, error)
                return
            easel = JobPainter(job, request, self.pipeline, self.files)
            limit = self.settings.job_minutes * 60
            await Attempt(easel, self.db, self.thread, self.pace, self.stop, limit).make()
        except PaintingStuck:
            raise
        except Exception as error:
            what = "the end of the job was not recorded, so its lease will run out"
            log_error(log, logging.ERROR, what, error)
        finally:
            JOB.reset(mark)

    async def _refuse(self, job: Job, error: RequestError) -> None:
        log_error(log, logging.ERROR, "its request cannot be painted", error)
        notice = Notice(error.key, dict(error.values))
        fail = partial(jobs.fail, self.db, job.id, job.token or "", notice, retry=False)
        await retry(fail, self.pace)
