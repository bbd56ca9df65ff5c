"""What can be done to a job; each function is one transaction."""

from store.jobs.cancel import cancel, keep, keep_newest
from store.jobs.close import give_up
from store.jobs.enqueue import enqueue
from store.jobs.lease import beat, cancelled, claim, fail, finish, hand_back, reap, release
from store.jobs.queue import LISTED, active, distant_forecast, find, forecasts

__all__ = [
    "LISTED",
    "active",
    "beat",
    "cancel",
    "cancelled",
    "claim",
    "distant_forecast",
    "enqueue",
    "fail",
    "find",
    "finish",
    "forecasts",
    "give_up",
    "hand_back",
    "keep",
    "keep_newest",
    "reap",
    "release",
]
