"""Which of several processes tells a chat of an outage: the one that asks first.

What can still be reached of the store decides: the database where the files are away, the files
where the database is.
"""

import asyncio
import logging

from store import processes
from store.database.database import Database
from store.faults import outage
from store.files.files import Files

log = logging.getLogger(__name__)

FOLDER = "told"  # of files; those of processes that died are deleted with the orphans
LONGEST_S = 86_400.0  # an outage that is longer is told again


async def is_first(db: Database, files: Files, whom: str) -> bool | None:
    """Return whether nobody has asked for `whom` in this outage; None if all of the store is away.

    whom: a chat, or a group of people, in characters that keys of files may have.
    """
    if not db.availability.is_away:
        try:
            return await processes.is_first(db, _lease(whom), LONGEST_S)
        except Exception as error:
            if outage(error) is None:
                raise
    if not files.availability.is_away:
        try:
            return await asyncio.to_thread(files.create, f"{FOLDER}/{whom}")
        except Exception as error:
            if outage(error) is None:
                raise
    return None


async def end(db: Database, files: Files, whom: str) -> None:
    """Forget at the end of an outage that this process was the first to ask."""
    await processes.forget(db, _lease(whom))
    await asyncio.to_thread(files.delete, f"{FOLDER}/{whom}")


def _lease(whom: str) -> str:
    return f"told:{whom}"
