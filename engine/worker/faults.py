"""Tell an engine that cannot paint from a job that cannot be painted, and wait for its recovery."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from engine.errors import EngineError, one_line
from engine.worker.intervals import wait_or_timeout
from store.faults import Owner, is_device_error, owner_of

log = logging.getLogger(__name__)

SUSPICIOUS = 2  # different jobs in a row that failed, although the engine seems to be well
CHECK_S = 300.0  # that a check may take in a process of its own, which has to load the models


class PaintingStuck(Exception):
    """The painting thread does not react; only the end of the process stops it."""


class DeviceLost(Exception):
    """The device is well again, but only for a new process."""


async def check_in_new_process() -> bool:
    """Return whether a new process with the same settings can paint."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "engine.check.painting"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(CHECK_S):
            return await process.wait() == 0
    except TimeoutError:
        process.kill()
        await process.wait()
        return False


@dataclass
class EngineHealth:
    """Decide whether a failure is the engine's fault, and find out when it is over.

    check: paints something tiny, and raises the error where that fails. check_anew: does the same
    in a new process, and returns whether it succeeded.
    """

    check: Callable[[], Awaitable[None]]
    pauses_s: tuple[float, ...]  # before each check
    check_anew: Callable[[], Awaitable[bool]] = check_in_new_process
    _failed_jobs: set[int] = field(default_factory=set)  # since the last picture
    _left: int = 0  # how often the engine has left the queue since then
    _last: BaseException | None = None

    def painted(self) -> None:
        """Note a finished picture: the engine is well."""
        self._failed_jobs.clear()
        self._left = 0

    async def is_well(self) -> bool:
        """Return whether the check succeeds."""
        try:
            await self.check()
        except PaintingStuck:
            raise
        except Exception as error:
            self._last = error
            return False
        return True

    async def is_engines_fault(self, job_id: int, error: Exception) -> bool:
        """Return whether the engine is at fault for an attempt that ended with this error."""
        self._last = error
        if owner_of(error) is Owner.PERSON:
            return False
        if isinstance(error, EngineError) and owner_of(error) is Owner.JOB:
            return False  # a picture that is too large for this engine, for example
        if owner_of(error) is not Owner.JOB and not may_be_the_jobs(error):
            return True
        self._failed_jobs.add(job_id)
        return not await self.is_well() or len(self._failed_jobs) >= SUSPICIOUS

    async def wait_until_well(self, stop: asyncio.Event) -> bool:
        """Check the engine with growing pauses until it can paint; False if `stop` came first.

        Raises DeviceLost where only a new process can.
        """
        while not stop.is_set():
            pause = self.pauses_s[min(self._left, len(self.pauses_s) - 1)]
            self._left += 1
            await wait_or_timeout(stop, pause)
            if stop.is_set():
                break
            try:
                await self.check()
            except PaintingStuck:
                raise
            except Exception as error:
                log.warning("the engine still cannot paint: %s", one_line(error))
                if is_device_error(error) and await self.check_anew():
                    raise DeviceLost from error
            else:
                return True
        return False

    @property
    def reason(self) -> str:
        """Return what is wrong with the engine, in one line."""
        return one_line(self._last) if self._last else "?"


def may_be_the_jobs(error: Exception) -> bool:
    """Return whether a job may cause an error that looks like the engine's: its memory ran out."""
    return isinstance(error, MemoryError | RuntimeError) or (
        isinstance(error, EngineError) and error.key == "memory-out"
    )
