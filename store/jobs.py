"""Everything that can be done to a job, under one name; each function is one transaction."""

from store.intake import accept, cancel
from store.leases import beat, cancelled, claim, fail, finish, reap, release
from store.queue import Forecast, active, find, forecasts
from store.records import (
    MAX_ATTEMPTS,
    Accepted,
    Asker,
    Beat,
    CancelOutcome,
    Job,
    Limits,
    Notice,
    Result,
    Verdict,
)

__all__ = [
    "MAX_ATTEMPTS",
    "Accepted",
    "Asker",
    "Beat",
    "CancelOutcome",
    "Forecast",
    "Job",
    "Limits",
    "Notice",
    "Result",
    "Verdict",
    "accept",
    "active",
    "beat",
    "cancel",
    "cancelled",
    "claim",
    "fail",
    "find",
    "finish",
    "forecasts",
    "reap",
    "release",
]
