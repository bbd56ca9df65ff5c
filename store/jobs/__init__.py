"""Everything that can be done to a job, under one name; each function is one transaction."""

from store.jobs.cancel import cancel
from store.jobs.enqueue import enqueue
from store.jobs.lease import beat, cancelled, claim, fail, finish, reap, release
from store.jobs.queue import Forecast, active, find, forecasts
from store.model import (
    MAX_ATTEMPTS,
    Accepted,
    CancelOutcome,
    Heartbeat,
    Job,
    Notice,
    QueueLimits,
    Requester,
    Result,
    SafetyVerdict,
)

__all__ = [
    "MAX_ATTEMPTS",
    "Accepted",
    "CancelOutcome",
    "Forecast",
    "Heartbeat",
    "Job",
    "Notice",
    "QueueLimits",
    "Requester",
    "Result",
    "SafetyVerdict",
    "active",
    "beat",
    "cancel",
    "cancelled",
    "claim",
    "enqueue",
    "fail",
    "find",
    "finish",
    "forecasts",
    "reap",
    "release",
]
