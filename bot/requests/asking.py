"""Ask the guides of an engine, and go on when the answer has come; no handler waits for it.

An answer that a crash loses does no harm: nothing was charged, and one asks again.
"""

import asyncio
import logging
from collections.abc import Coroutine
from time import monotonic

from store.database.database import Database
from store.faults.availability import log_unless_outage
from store.jobs import engines
from store.questions import questions
from store.questions.questions import Answer, Question

log = logging.getLogger(__name__)

MAX_WAITING = 100  # in a process: more than that is a flood
POLL_S = 0.15


class NotAsked(Exception):
    """Raised where a question is not asked; names the text to answer."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Asking:
    """The tasks that wait for answers; one for a process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None]) -> bool:
        """Do `work` beside the handlers; return False where too much is being waited for."""
        if len(self._tasks) >= MAX_WAITING:
            work.close()
            return False
        task = asyncio.create_task(self._done(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def drain(self) -> None:
        """Wait until everything that was started is done."""
        await asyncio.gather(*self._tasks)

    def stop(self) -> None:
        """End all waiting."""
        for task in self._tasks:
            task.cancel()

    async def _done(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:
            log_unless_outage(log, error, "a question is not answered")


async def ask(db: Database, question: Question, wait_s: float) -> Answer:
    """Return the answer, whose `given` is None where none has come after `wait_s` seconds.

    Raises NotAsked where no engine is on, or the user waits for too many answers already.
    """
    if not await engines.alive_engines(db):
        raise NotAsked("asking-nobody")
    question_id = await questions.ask(db, question, wait_s)
    if question_id is None:
        raise NotAsked("asking-many")
    until = monotonic() + wait_s
    while monotonic() < until:
        answer = await questions.read_answer(db, question_id)
        if answer is not None:
            return answer
        await asyncio.sleep(POLL_S)
    return Answer(question, None)
