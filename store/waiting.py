"""A pause between two rounds of work."""

import asyncio
from contextlib import suppress


async def wait_or_timeout(seconds: float, unless: asyncio.Event) -> None:
    """Waits so long, or only until the event is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await unless.wait()
