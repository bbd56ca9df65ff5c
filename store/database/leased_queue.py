"""A queue kept in a table: rows that are due are claimed one at a time, each under a lease."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Row,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms

PENDING, CLAIMED = "pending", "sending"
UNSENT = (PENDING, CLAIMED)
# How often a row may be claimed without being given back or finished: then its handling has ended
# the process so often, or was interrupted otherwise.
MAX_CLAIMS = 5


def constant(value: str) -> ColumnElement[str]:
    """Return a value that stands in the statement itself, so that a partial index can match it."""
    return literal(value, literal_execute=True)


def is_unsent(state: ColumnElement[str]) -> ColumnElement[bool]:
    """Return whether a row is still to be handled, in the words of the partial indexes."""
    return state.in_([constant(value) for value in UNSENT])


class LeasedQueue:
    """Claim, postpone and finish rows of one table, from any number of processes.

    A row is due when `due_ms` has passed. In a table with the columns `state`, `token` and
    `lease_until_ms` a claim sets the state to "sending" and gives the row a new token: until the
    lease ends nobody else can claim the row, and afterwards the old token changes nothing any
    more. In a table without these columns a claim moves `due_ms` to the end of the lease, and the
    row has no owner: finishing it twice must do no harm.

    `claims` counts the claims of a row since it was last given back. Whoever gets a row with more
    than MAX_CLAIMS sets it aside instead of handling it. A row whose last claim was neither given
    back nor finished is called interrupted: perhaps it is what ended the process. Whoever handles
    several rows at once has only one such row in hand, so that it ends no more than its own
    claims, and those beside it are not set aside with it.

    Rows whose lease has expired come first, then those that are due, the oldest first. Each of
    these queries follows an index from its first row on, so that a long queue costs no more than a
    short one. That index ends with the id: PostgreSQL would sort a whole queue otherwise, where it
    takes it for a short one.

    eligible: further conditions on a row to be claimed. urgent: a condition, for which there should
    be an index, on rows that come before all others that are due. claim_values: columns to set in a
    claim besides those of the lease; `bindparam`s in all three are given to `any_due` and `claim`.
    """

    def __init__(
        self,
        table: Table,
        *,
        eligible: Sequence[ColumnElement[bool]] = (),
        urgent: ColumnElement[bool] | None = None,
        claim_values: Mapping[str, ColumnElement[Any]] | None = None,
    ) -> None:
        self._table = table
        self._has_tokens = "token" in table.c
        columns = table.c
        lease_end = now_ms() + bindparam("lease_ms")
        due: ColumnElement[bool] = columns.due_ms <= now_ms()
        counts = {"tries": columns.tries + 1, "claims": columns.claims + 1}
        values: dict[str, Any] = {**counts, **(claim_values or {})}
        groups: list[tuple[ColumnElement[bool], Column[int]]] = []
        if self._has_tokens:
            due = and_(columns.state == constant(PENDING), due)
            expired = and_(columns.state == constant(CLAIMED), columns.lease_until_ms <= now_ms())
            groups.append((expired, columns.lease_until_ms))
            values |= {"state": CLAIMED, "token": bindparam("new_token")}
            values["lease_until_ms"] = lease_end
        else:
            values["due_ms"] = lease_end
        if urgent is not None:
            groups.append((and_(due, urgent), columns.due_ms))
        groups.append((due, columns.due_ms))

        fresh = or_(columns.claims == 0, bindparam("interrupted", type_=Boolean()))

        def first(*, locked: bool) -> ColumnElement[int]:
            """Return the id of the first row of the first group that has one."""
            queries = (
                select(columns.id)
                .where(group, fresh, *eligible)
                .order_by(order, columns.id)
                .limit(1)
                for group, order in groups
            )
            if locked:
                queries = (query.with_for_update(skip_locked=True, of=table) for query in queries)
            found = [query.scalar_subquery() for query in queries]
            return func.coalesce(*found) if len(found) > 1 else found[0]

        # Made once: SQLAlchemy takes as long to make a statement as SQLite does to execute it.
        self._any = select(first(locked=False))
        claim = update(table).where(columns.id == first(locked=True)).values(values)
        self._claim = claim.returning(*columns)

    async def any_due(
        self, db: Database, *, interrupted: bool = True, **parameters: object
    ) -> bool:
        """Return whether a row can be claimed now; polling an empty queue locks nothing."""
        parameters["interrupted"] = interrupted
        async with db.read() as connection:
            return (await connection.execute(self._any, parameters)).scalar() is not None

    async def claim(
        self,
        connection: AsyncConnection,
        lease_s: float,
        *,
        interrupted: bool = True,
        **parameters: object,
    ) -> Row[*tuple[Any, ...]] | None:
        """Claim the first due row for `lease_s` seconds; None if others have claimed them all.

        interrupted: whether it may be one whose handling was interrupted.
        """
        lease = {"lease_ms": int(lease_s * 1000), "new_token": uuid4().hex}
        lease["interrupted"] = interrupted
        return (await connection.execute(self._claim, {**lease, **parameters})).first()

    async def postpone(
        self,
        connection: AsyncConnection,
        row_id: int,
        token: str | None,
        seconds: float,
        *,
        counts: bool = True,
        **others: object,
    ) -> bool:
        """Give a claimed row back, due in `seconds`; False if the token is stale.

        counts: whether the claim stays counted in `tries`. others: further columns to set.
        """
        tries = self._table.c.tries
        values: dict[str, Any] = {"due_ms": now_ms() + int(seconds * 1000), "claims": 0, **others}
        if not counts:
            values["tries"] = case((tries > 0, tries - 1), else_=0)
        if self._has_tokens:
            values |= {"state": PENDING, "lease_until_ms": None}
        return await self._update(connection, row_id, token, values)

    async def finish(
        self, connection: AsyncConnection, row_id: int, token: str, state: str, **values: object
    ) -> bool:
        """Set the final state of a claimed row; False, and no change, if the token is stale."""
        final = {"state": state, "lease_until_ms": None, **values}
        return await self._update(connection, row_id, token, final)

    async def _update(
        self,
        connection: AsyncConnection,
        row_id: int,
        token: str | None,
        values: Mapping[str, Any],
    ) -> bool:
        columns = self._table.c
        owned: ColumnElement[bool] = columns.id == row_id
        if self._has_tokens:
            owned = and_(owned, columns.token == token, columns.state == CLAIMED)
        updated = await connection.execute(update(self._table).where(owned).values(values))
        return updated.rowcount == 1
