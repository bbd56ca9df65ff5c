"""No statement of the hot path reads a whole table: it would slow down as the history grows."""

import re
from collections.abc import Awaitable
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from benchmarks.history_calls import RARE, Load
from benchmarks.history_rows import add_backlog, fill
from store.database.database import Database
from tests.fixtures.store import only_on_sqlite

T = TypeVar("T")

GROWING = "jobs|ledger|outbox|inbox|users|updates|chats|letters|needs"
# An index that is read from its beginning, for a LIMIT, is named; a whole table is not.
SCAN = re.compile(rf"SCAN ({GROWING}|earlier|slot)(?! USING)")


@only_on_sqlite  # whose plans do not depend on how much is in the tables
async def test_no_statement_of_the_hot_path_scans_a_table(db: Database) -> None:
    await fill(db, 300)
    executed: dict[str, tuple[str, Any]] = {}
    call = ""

    async def named(name: str, awaited: Awaitable[T]) -> T:
        nonlocal call
        call = name
        return await awaited

    def remember(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")) and call not in RARE:
            executed.setdefault(statement, (call, parameters))

    event.listen(Engine, "before_cursor_execute", remember)
    try:
        load = Load(db, named, count(10**9))
        await load.round()
        await add_backlog(db, 30, 5, 300)
        await load.work_off()
    finally:
        event.remove(Engine, "before_cursor_execute", remember)
    scans = []
    async with db.read() as connection:
        for statement, (name, parameters) in executed.items():
            explain = f"EXPLAIN QUERY PLAN {statement}"
            plan = (await connection.exec_driver_sql(explain, parameters)).mappings()
            steps = [str(row["detail"]) for row in plan]
            scans += [f"{name}: {step} in {statement}" for step in steps if SCAN.search(step)]
    assert len(executed) > 60
    assert scans == []
