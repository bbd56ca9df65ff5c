"""The demonstration in a browser as a process, with small programs instead of bot and engine."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.fixtures.telegram.sandbox import post

WAIT_S = 60.0
IDLE = "import os, time; print('I am', os.getpid(), flush=True); time.sleep(600)"


@dataclass
class Live:
    """A running demonstration and its address."""

    process: asyncio.subprocess.Process
    url: str
    folder: Path

    async def line(self) -> str:
        """Return the next line that it prints."""
        assert self.process.stdout
        async with asyncio.timeout(WAIT_S):
            return (await self.process.stdout.readline()).decode()

    async def program(self, name: str, do: str) -> dict[str, Any]:
        """Do something to a program, and return what is told of it."""
        async with aiohttp.ClientSession(self.url) as session:
            told = await post(session, "/sandbox/program", name=name, do=do)
        return next(one for one in told["programs"] if one["name"] == name)


@asynccontextmanager
async def live_demo(folder: Path, program: str = IDLE) -> AsyncIterator[Live]:
    """Run the demonstration with a Python program for each of the two."""
    command = f'{sys.executable} -c "{program}"'
    arguments = ("--page", "--out", str(folder), "--bot", command, "--engine", command)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "demo", *arguments),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "LANG": "en", "PYTHONUNBUFFERED": "1"},
    )
    live = Live(process, "", folder)
    try:
        words = (await live.line()).split()
        live.url = next(word for word in words if word.startswith("http"))
        yield live
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
