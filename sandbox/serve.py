"""`python -m sandbox serve`: the stand-in by itself, for another process to drive."""

import asyncio
import signal
from collections.abc import Callable

from sandbox.server import Sandbox


async def serve(sandbox: Sandbox, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is told the addresses once they answer."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with sandbox:
        announce(f"Bot API  {sandbox.url}")
        announce(f"token    {sandbox.token}")
        announce(f"control  {sandbox.url}/sandbox/")
        await stop.wait()
