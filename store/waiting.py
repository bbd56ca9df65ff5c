"""Wait for a time or an event."""

import asyncio
from contextlib import suppress


async def wait_or_timeout(seconds: float, event: asyncio.Event) -> None:
    """Return when the event is set, at the latest after `seconds`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
