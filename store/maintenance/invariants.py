"""What must hold between the rows of the tables, as queries for the rows that break it.

The numbers are those of docs/reliability.md.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, and_, cast, exists, func, or_, select

from store.database.database import now_ms
from store.durations import MINUTE_MS
from store.model import MAX_ATTEMPTS, UNFINISHED
from store.tables import album_parts, inputs, jobs, ledger, outbox, users

RESULT_MESSAGES = ("animation", "slot", "picture")


@dataclass(frozen=True)
class Invariant:
    """A query for the ids of rows that break a promise.

    transient: rows that a running bot or engine will put right.
    """

    number: str
    broken: str  # the end of the key of its text, `fault-…`
    query: Select[Any]
    transient: bool = False


_ENDED = jobs.c.state.not_in(UNFINISHED)


def _of_job(*conditions: Any) -> Any:
    return exists().where(outbox.c.job_id == jobs.c.id, *conditions)


def _ledger_sum() -> Any:
    delta = select(func.coalesce(func.sum(ledger.c.delta), 0))
    return delta.where(ledger.c.job_id == jobs.c.id).scalar_subquery()


def _granted_sum() -> Any:
    granted = select(func.coalesce(func.sum(ledger.c.granted), 0))
    return granted.where(ledger.c.user_id == users.c.id).scalar_subquery()


_CHARGED = exists().where(ledger.c.job_id == jobs.c.id, ledger.c.reason == "charge")
_UNPAID = jobs.c.state.in_(("failed", "cancelled"))
_FOLDER_OF_TOKEN = "%jobs/" + cast(jobs.c.id, String) + "/" + jobs.c.token + "/%"
_EXPIRED_LEASE = now_ms() - MINUTE_MS

INVARIANTS = (
    Invariant(
        "I1",
        "jobs-of-one-request",
        select(func.min(jobs.c.id)).group_by(jobs.c.request_key).having(func.count() > 1),
    ),
    Invariant(
        "I2",
        "end-in-part",
        select(jobs.c.id).where(
            or_(
                and_(_ENDED, jobs.c.finished_ms.is_(None)),
                and_(_ENDED, jobs.c.lease_until_ms.is_not(None)),
                and_(~_ENDED, jobs.c.finished_ms.is_not(None)),
                and_(jobs.c.state == "done", jobs.c.result.is_(None)),
            )
        ),
    ),
    Invariant(
        "I3",
        "result-of-unfinished",
        select(outbox.c.job_id)
        .join(jobs, jobs.c.id == outbox.c.job_id)
        .where(
            outbox.c.kind.in_(RESULT_MESSAGES),
            jobs.c.state != "done",
            func.coalesce(jobs.c.error, "").not_like('%"undelivered%'),  # it was refunded
        )
        .distinct(),
    ),
    Invariant(
        "I3",
        "no-picture-message",
        select(jobs.c.id).where(
            jobs.c.state == "done",
            _of_job(outbox.c.kind.in_(RESULT_MESSAGES)),
            ~_of_job(outbox.c.kind == "picture"),
        ),
    ),
    Invariant(
        "I4",
        "charge",
        select(jobs.c.id).where(
            _CHARGED,
            or_(
                and_(_UNPAID, _ledger_sum() != 0),
                and_(~_UNPAID, _ledger_sum() != -jobs.c.price),
            ),
        ),
    ),
    Invariant(
        "I4",
        "granted",
        select(users.c.id).where(users.c.granted != _granted_sum()),
    ),
    Invariant(
        "I5",
        "attempts",
        select(jobs.c.id).where(jobs.c.attempt > MAX_ATTEMPTS),
    ),
    Invariant(
        "I6",
        "token",
        select(jobs.c.id).where(jobs.c.state == "done", jobs.c.result.not_like(_FOLDER_OF_TOKEN)),
    ),
    Invariant(
        "I8",
        "lease",
        select(jobs.c.id).where(jobs.c.state == "running", jobs.c.lease_until_ms <= _EXPIRED_LEASE),
        transient=True,
    ),
    Invariant(
        "I8",
        "message-lease",
        select(outbox.c.job_id)
        .where(outbox.c.state == "sending", outbox.c.lease_until_ms <= _EXPIRED_LEASE)
        .distinct(),
        transient=True,
    ),
    Invariant(
        "I9",
        "cancelled-queued",
        select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.cancel),
    ),
    Invariant(
        "inputs",
        "images-never",
        select(jobs.c.id).where(
            jobs.c.state == "queued",
            jobs.c.awaiting,
            ~exists().where(inputs.c.job_id == jobs.c.id),
            ~exists().where(album_parts.c.job_id == jobs.c.id, ~album_parts.c.settled),
        ),
    ),
)
