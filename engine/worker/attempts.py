"""The attempts of an engine: some are painted, of others the files are made meanwhile."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from engine.logs import JOB, log_error
from engine.pipeline import Pipeline, with_defaults
from engine.settings import EngineSettings
from engine.worker.attempt import Attempt, AttemptEnd
from engine.worker.faults import EngineHealth, PaintingStuck
from engine.worker.files.waiting_files import WaitingFiles
from engine.worker.intervals import Intervals, retry
from engine.worker.job_painter import JobPainter
from engine.worker.larger_painter import LargerPainter
from engine.worker.sheet_painter import SheetPainter
from store import jobs
from store.database.database import Database
from store.errors import RequestError
from store.files.files import Files
from store.model import Job, Notice
from store.request.request import DrawRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempts:
    """Begins attempts, and knows those that have not ended."""

    db: Database
    files: Files
    settings: EngineSettings
    pipeline: Pipeline
    painting: ThreadPoolExecutor
    encoding: ThreadPoolExecutor
    intervals: Intervals
    stop: asyncio.Event
    health: EngineHealth
    failed: asyncio.Event = field(default_factory=asyncio.Event)  # the engine cannot paint
    _unended: set[asyncio.Task[None]] = field(default_factory=set)  # and those that are stuck

    def begin(self, job: Job) -> asyncio.Task[object]:
        """Begin an attempt at a job; return a task that ends when the device is free again."""
        painted = asyncio.Event()
        attempt = asyncio.create_task(self._attempt(job, painted))
        self._unended.add(attempt)
        attempt.add_done_callback(self._forget)
        return asyncio.create_task(painted.wait())

    @property
    def unended(self) -> int:
        """Return how many have not ended: they are painted, or their files are made."""
        return len(self._unended)

    async def wait_for_encoder(self) -> None:
        """Wait while too many pictures that are painted have no files yet."""
        while self.unended > self.pipeline.most_at_once and not self.stop.is_set():
            await asyncio.wait(self._unended, return_when=asyncio.FIRST_COMPLETED)

    async def wait_for_ends(self) -> None:
        """Wait until all have ended."""
        await asyncio.gather(*self._unended, return_exceptions=True)

    def raise_if_stuck(self) -> None:
        """Raise PaintingStuck where one of those that have ended does not react."""
        for attempt in self._unended:
            attempt.result()

    def _forget(self, attempt: asyncio.Task[None]) -> None:
        if attempt.cancelled() or attempt.exception() is None:
            self._unended.discard(attempt)

    async def _attempt(self, job: Job, painted: asyncio.Event) -> None:
        """Make one attempt, from the claim to its end; log any error.

        painted: is set when the device is free again, at the end at the latest.
        """
        JOB.set(job.id)
        try:
            log.info("attempt %s", job.attempt)
            try:
                request = with_defaults(job.request, self.settings)
            except RequestError as error:  # written under other limits, or damaged
                await self._refuse(job, error)
                return
            save = self.intervals.save
            files = WaitingFiles(self.files, self.intervals.store_retry)
            painter = _painter_of(request)(job, request, self.pipeline, files, save)
            limit = self.settings.job_minutes * 60
            threads = self.painting, self.encoding, painted
            attempt = Attempt(
                painter, self.db, *threads, self.intervals, self.stop, limit, self.health
            )
            end = await attempt.run()
            if end is AttemptEnd.PAINTED:
                self.health.painted()
            elif end is AttemptEnd.ENGINE_FAULT:
                self.failed.set()
        except PaintingStuck:
            self.stop.set()  # the others give their jobs back
            raise
        except Exception as error:
            what = "the end of the job was not recorded, so its lease will run out"
            log_error(log, logging.ERROR, what, error)
        finally:
            painted.set()

    async def _refuse(self, job: Job, error: RequestError) -> None:
        log_error(log, logging.ERROR, "its request cannot be painted", error)
        notice = Notice(error.key, dict(error.values))
        fail = partial(jobs.fail, self.db, job.id, job.token or "", notice, retry=False)
        await retry(fail, self.intervals, self.stop)


def _painter_of(request: DrawRequest) -> type[JobPainter]:
    """Return who carries out a request."""
    if request.larger is not None:
        return LargerPainter
    return SheetPainter if request.count > 1 else JobPainter
