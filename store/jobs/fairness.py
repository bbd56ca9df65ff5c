"""Whose turn it is: people are served in rounds, one picture of each after the other.

Start-time fair queueing (Goyal, Vin and Cheng, 1996) with jobs of equal length: the round of a new
job is the one that is being painted now, or the one after the asker's last that still waits. So
nobody's first picture stands behind somebody else's fifth, however long the pictures take.
"""

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.model import UNFINISHED
from store.tables import jobs

STARTED = ("running", "done", "failed")  # a cancelled job may never have had its turn


def _rounds_of(rank: ColumnElement[int], *which: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(rank).where(*which).scalar_subquery()


_MINE = jobs.c.user_id == bindparam("user_id")
_RANKS = select(
    _rounds_of(func.max(jobs.c.rank), _MINE, jobs.c.state.in_(UNFINISHED)),
    _rounds_of(func.min(jobs.c.rank), jobs.c.state == "queued"),
    # One question for each state: the index answers each at once, however many jobs there were.
    *(_rounds_of(func.max(jobs.c.rank), jobs.c.state == state) for state in STARTED),
)


async def next_rank(connection: AsyncConnection, user_id: int) -> int:
    """The rank of the next job of this person; among equal ranks the older job goes first."""
    found = await connection.execute(_RANKS, {"user_id": user_id})
    last, next_up, *reached = found.one()
    now = max((rank for rank in reached if rank is not None), default=next_up or 0)
    return now if last is None else max(now, last + 1)
