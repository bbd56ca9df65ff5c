"""Whose turn it is: people are served in rounds, one picture of each after the other.

Start-time fair queueing (Goyal, Vin and Cheng, 1996) with jobs of equal length: the round of a new
job is the one that is being painted now, or the one after the asker's last that still waits. So
nobody's first picture stands behind somebody else's fifth, however long the pictures take.
"""

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.records import UNFINISHED
from store.tables import jobs

BEGUN = ("running", "done", "failed")  # a cancelled job may never have had its turn


async def round_of_new(connection: AsyncConnection, user_id: int) -> int:
    """The rank of the next job of this person; among equal ranks the older job goes first."""
    mine = select(func.max(jobs.c.rank)).where(
        jobs.c.user_id == user_id, jobs.c.state.in_(UNFINISHED)
    )
    last = (await connection.execute(mine)).scalar()
    # One question for each state: the index answers each at once, however many jobs there were.
    begun = [_of(state, func.max(jobs.c.rank)) for state in BEGUN]
    waiting = _of("queued", func.min(jobs.c.rank))
    *reached, next_up = (await connection.execute(select(*begun, waiting))).one()
    now = max((rank for rank in reached if rank is not None), default=next_up or 0)
    return now if last is None else max(now, last + 1)


def _of(state: str, rank: ColumnElement[int]) -> ScalarSelect[int]:
    return select(rank).where(jobs.c.state == state).scalar_subquery()
