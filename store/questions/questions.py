"""The queue of questions: the bot asks, any engine answers beside its painting, the bot reads.

Nobody waits for an answer longer than seconds, so a question expires and is never charged.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.database.leased_queue import UNSENT, LeasedQueue
from store.durations import DAY_MS
from store.tables import erasures, questions

QuestionKind = Literal["names", "search"]
MAX_OPEN = 3  # of one user
MAX_TEXT = 200  # characters that a search reads
LEASE_S = 20.0
UPLOADED = "inputs/question-"  # how the keys of images begin that were sent to be asked about
KEPT_MS = 600_000  # such an image


@dataclass(frozen=True)
class Question:
    """What a user asks: for the names of an image, or for the own pictures that a text describes.

    image: a key in the file store. token: of the claim, while an engine answers it.
    """

    kind: QuestionKind
    user_id: int
    language: str
    text: str = ""
    image: str | None = None
    id: int = 0  # once it is stored
    token: str = ""


@dataclass(frozen=True)
class Answer:
    """What an engine has answered; `given` is None where it could not.

    For names, pairs of a key and a share in 0..1; for a search, ids of jobs.
    """

    question: Question
    given: list[Any] | None


_QUEUE = LeasedQueue(questions, eligible=(questions.c.expires_ms > now_ms(),))


async def ask(db: Database, question: Question, wait_s: float) -> int | None:
    """Store a question and return its id; None if the user waits for MAX_OPEN others already.

    wait_s: how long its answer is of use.
    """
    own = questions.c.user_id == question.user_id
    is_open = questions.c.state.in_(UNSENT), questions.c.expires_ms > now_ms()
    count = select(func.count()).where(own, *is_open)
    async with db.write() as connection:
        outdated = questions.c.created_ms < now_ms() - DAY_MS
        await connection.execute(delete(questions).where(outdated))
        if (await connection.execute(count)).scalar_one() >= MAX_OPEN:
            return None
        if (question.image or "").startswith(UPLOADED):
            due = {"key": question.image, "due_ms": now_ms() + KEPT_MS}
            await connection.execute(insert(erasures).values(due))
        return await _insert(connection, question, wait_s)


async def claim(db: Database) -> Question | None:
    """Claim the next question that somebody waits for; None if there is none."""
    if not await _QUEUE.any_due(db):
        return None
    async with db.write() as connection:
        row = await _QUEUE.claim(connection, LEASE_S)
    return _question(row) if row else None


async def answer(db: Database, question: Question, given: list[Any] | None) -> bool:
    """Record the answer to a claimed question; None for one that cannot be answered.

    False, and no change, if the token is stale.
    """
    state = "failed" if given is None else "answered"
    async with db.write() as connection:
        stored = {"answer": json.dumps(given)}
        return await _QUEUE.finish(connection, question.id, question.token, state, **stored)


async def keep_found(db: Database, question: Question, found: Sequence[int]) -> int:
    """Store what the bot itself has found, as an answer to page through; return its id."""
    async with db.write() as connection:
        answer = json.dumps(list(found))
        return await _insert(connection, question, 0.0, state="answered", answer=answer)


async def read_answer(db: Database, question_id: int) -> Answer | None:
    """Return the answer; None as long as there is none, and if the question is not kept."""
    query = select(questions).where(questions.c.id == question_id, questions.c.state.not_in(UNSENT))
    async with db.read() as connection:
        row = (await connection.execute(query)).first()
    return Answer(_question(row), json.loads(row.answer or "null")) if row else None


async def _insert(
    connection: AsyncConnection, question: Question, wait_s: float, **columns: str
) -> int:
    row = {
        "kind": question.kind,
        "user_id": question.user_id,
        "language": question.language,
        "text": question.text,
        "image": question.image,
        "due_ms": now_ms(),
        "created_ms": now_ms(),
        "expires_ms": now_ms() + int(wait_s * 1000),
    }
    added = insert(questions).values(row | columns).returning(questions.c.id)
    return int((await connection.execute(added)).scalar_one())


def _question(row: Row[*tuple[Any, ...]]) -> Question:
    return Question(
        row.kind, row.user_id, row.language, row.text, row.image, row.id, row.token or ""
    )
