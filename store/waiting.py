"""Wait with a limit: for an event, and for the end of the process."""

import asyncio
import logging
import os
import threading
from contextlib import suppress

log = logging.getLogger(__name__)

SHUTDOWN_S = 7.5  # from the signal to stop on; Docker kills after ten


async def wait_or_timeout(seconds: float, event: asyncio.Event) -> None:
    """Return when the event is set, at the latest after `seconds`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def exit_after(seconds: float, code: int) -> None:
    """End this process after `seconds` unless it has ended by itself.

    What it was doing is taken over when its leases have expired, as after a crash.
    """
    timer = threading.Timer(seconds, _exit, (code,))
    timer.daemon = True
    timer.start()


def _exit(code: int) -> None:
    threading.Timer(0.2, os._exit, (code,)).start()  # even if nobody reads the log's last line
    log.warning("something does not end in time: it is left to the expiry of its lease")
    os._exit(code)
