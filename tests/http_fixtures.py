"""The whole bot against Telegram's stand-in, with a painter made of two frames."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
import numpy as np

from bot.serve import make_bot, run
from bot.settings import BotSettings
from sandbox import Sandbox
from store import jobs
from store.database import Database
from store.files import Files
from store.records import Job, Result
from tests.bot_fixtures import engine_is_here
from tests.image_fixtures import png
from tests.store_fixtures import opened

SIDE = 32
SIZE = (SIDE, SIDE)  # of frames and pictures


class Studio:
    """A database, a sandbox, and an engine that paints when it is told to."""

    def __init__(self, telegram: Sandbox, db: Database, files: Files) -> None:
        self.telegram, self.db, self.files = telegram, db, files

    async def begin(self) -> Job:
        while (job := await jobs.claim(self.db, "engine")) is None:
            await asyncio.sleep(0.02)
        return job

    async def frame(self, job: Job, step: int) -> None:
        key = f"jobs/{job.id}/frames/{step:04}.png"
        self.files.write(key, frame_png(step))
        assert job.token is not None
        beat = await jobs.beat(self.db, job.id, job.token, step=step, steps=9, preview=key)
        assert beat.alive

    async def end(self, job: Job) -> None:
        folder = f"jobs/{job.id}/{job.token}"
        keys = (f"{folder}/picture.png", f"{folder}/animation.mp4", f"{folder}/animation.gif")
        for key, data in zip(
            keys, (frame_png(9), _animation(".mp4"), _animation(".gif")), strict=True
        ):
            self.files.write(key, data)
        result = Result(*keys, SIDE, SIDE, steps=9, seconds=2.0, loss=0.5, seed=77)
        assert job.token is not None
        assert await jobs.finish(self.db, job.id, job.token, result, [])


@asynccontextmanager
async def open_studio(
    folder: Path, telegram: Sandbox, admins: frozenset[int] = frozenset()
) -> AsyncIterator[Studio]:
    async with opened(folder) as db:
        await engine_is_here(db)
        values: dict[str, Any] = {"token": telegram.token, "bot_api": telegram.url}
        settings = BotSettings(**values, files=str(folder / "files"), admins=admins)
        bot, stop = make_bot(settings), asyncio.Event()
        running = asyncio.create_task(run(bot, db, settings, stop))
        try:
            yield Studio(telegram, db, Files(settings.files))
        finally:
            stop.set()
            await asyncio.wait_for(running, 10)
            await bot.session.close()


def frame_png(step: int) -> bytes:
    return png((25 * step, 60, 90), SIZE)


@cache
def _animation(extension: str) -> bytes:
    frames = [np.full((SIDE, SIDE, 3), shade, np.uint8) for shade in (0, 200)]
    more: dict[str, Any] = {"plugin": "pillow"}
    if extension == ".mp4":
        more = {"plugin": "FFMPEG", "codec": "libx264", "macro_block_size": None}
        more |= {"pixelformat": "yuv420p", "fps": 2}
    return bytes(imageio.imwrite("<bytes>", frames, extension=extension, **more))
