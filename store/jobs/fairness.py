"""Fair queueing: users are served in rounds, one job of each after the other.

Start-time fair queueing (Goyal, Vin and Cheng, 1996) with jobs of equal length: the round of a new
job is the one being painted now, or the one after the user's last unfinished job. So nobody's first
job waits behind another user's fifth, however long the jobs take.
"""

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.model import UNFINISHED
from store.tables import jobs

STARTED = ("running", "done", "failed")  # a cancelled job may never have been started


def _rank_of(rank: ColumnElement[int], *which: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(rank).where(*which).scalar_subquery()


_MINE = jobs.c.user_id == bindparam("user_id")
_RANKS = select(
    # The sum keeps SQLite from looking for them in the order of ranks, through all who wait.
    _rank_of(func.max(jobs.c.rank + 0), _MINE, jobs.c.state.in_(UNFINISHED)),
    _rank_of(func.min(jobs.c.rank), jobs.c.state == "queued"),
    # One query for each state, so that the index answers it without a scan.
    *(_rank_of(func.max(jobs.c.rank), jobs.c.state == state) for state in STARTED),
)


async def next_rank(connection: AsyncConnection, user_id: int) -> int:
    """Return the rank of the user's next job; among equal ranks the older job goes first."""
    ranks = await connection.execute(_RANKS, {"user_id": user_id})
    last, next_up, *reached = ranks.one()
    now = max((rank for rank in reached if rank is not None), default=next_up or 0)
    return now if last is None else max(now, last + 1)
