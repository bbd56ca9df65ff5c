"""An engine that keeps to the protocol of the queue, and paints a plain square in no time.

`python -m tests.chaos.light_engine` starts in a second, so that it can be killed often.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from PIL import Image

from store import jobs, processes
from store.database.database import Database
from store.faults import outage
from store.faults.availability import when_available
from store.files.files import Files
from store.jobs import engines
from store.jobs.engines import EngineState
from store.model import Heartbeat, Job, Result
from store.settings import StoreSettings
from tests.fixtures.image import png, saved

T = TypeVar("T")

SIDE = 256
STEPS = 3
STEP_S = 0.03
RETRY_S = 0.3


class LightEngine:
    """Claims jobs, reports steps, writes files and finishes, as the real engine does."""

    def __init__(self, db: Database, files: Files, settings: StoreSettings) -> None:
        self._db, self._files, self._lease_s = db, files, settings.lease_seconds
        self._never = asyncio.Event()
        self._picture, self._film = png(size=(SIDE, SIDE)), _film()
        name, sizes = processes.own_name(), ((SIDE, SIDE), (4096, 4096))
        self._state = EngineState(name, ("pocket",), "none", sizes, os.getpid(), ("pocket",))

    async def run(self) -> None:
        """Work until the process is killed."""
        while True:
            try:
                await engines.record_heartbeat(self._db, self._state)
                job = await jobs.claim(self._db, self._state.name, self._lease_s, self._state)
                if job is not None:
                    await self._paint(job)
                    continue
            except Exception as error:
                if outage(error) is None:
                    raise
            await asyncio.sleep(RETRY_S)

    async def _paint(self, job: Job) -> None:
        token, job_id = job.token or "", job.id
        for step in range(1, STEPS + 1):
            await asyncio.sleep(STEP_S)
            report = partial(self._beat, job_id, token, step)
            if not (await self._retry(report)).alive:
                return
        folder = f"jobs/{job_id}/{token}"
        picture, film = f"{folder}/picture.png", f"{folder}/film.gif"
        for key, data in ((picture, self._picture), (film, self._film)):
            await self._retry(partial(asyncio.to_thread, self._files.write, key, data))
        result = Result(picture, film, film, SIDE, SIDE, STEPS, 0.1, 0.5, job.request.seed or 0)
        await self._retry(partial(jobs.finish, self._db, job_id, token, result, []))

    async def _beat(self, job_id: int, token: str, step: int) -> Heartbeat:
        lease_s = self._lease_s
        return await jobs.beat(self._db, job_id, token, step=step, steps=STEPS, lease_s=lease_s)

    async def _retry(self, act: Callable[[], Awaitable[T]]) -> T:
        return await when_available(act, self._never, RETRY_S)


def _film() -> bytes:
    first, second = (Image.new("RGB", (SIDE, SIDE), colour) for colour in ("blue", "red"))
    return saved(first, "GIF", save_all=True, append_images=[second])


async def main() -> None:
    """Serve with the settings of the environment."""
    settings = StoreSettings()
    db = await Database.open_when_available(settings.database, asyncio.Event())
    assert db is not None
    await LightEngine(db, Files(settings.files), settings).run()


if __name__ == "__main__":
    asyncio.run(main())
