"""Transactions that wait for each other's commit: each is all or nothing, and only for itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import NoneType

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import group_commit
from store.database.database import Database
from tests.fixtures.store import only_on_sqlite, opened

pytestmark = only_on_sqlite

Commit = Callable[[AsyncConnection], Awaitable[None]]


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path) as db:
        yield db


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[AsyncConnection]:
    """One for each trip to the disk."""
    seen, commit = [], group_commit.commit

    async def counted(connection: AsyncConnection) -> None:
        seen.append(connection)
        await commit(connection)

    monkeypatch.setattr(group_commit, "commit", counted)
    return seen


def committing(monkeypatch: pytest.MonkeyPatch, act: Callable[[Commit], Commit]) -> None:
    monkeypatch.setattr(group_commit, "commit", act(group_commit.commit))


def held(commit: Commit, begun: asyncio.Event, slow: asyncio.Event) -> Commit:
    async def later(connection: AsyncConnection) -> None:
        begun.set()
        await slow.wait()
        await commit(connection)

    return later


async def write(db: Database, number: int, then: str | None = None) -> None:
    """`then`: what goes wrong afterwards in the same transaction, in SQL."""
    async with db.write() as connection:
        await connection.exec_driver_sql(f"INSERT INTO updates VALUES ({number}, 1)")
        await asyncio.sleep(0)
        if then is not None:
            await connection.exec_driver_sql(then)


async def written(db: Database) -> list[int]:
    async with db.read() as connection:
        found = await connection.exec_driver_sql("SELECT update_id FROM updates ORDER BY 1")
        return list(found.scalars())


def failed(outcomes: Iterable[BaseException | None]) -> list[bool]:
    return [outcome is not None for outcome in outcomes]


async def test_who_waits_for_a_turn_shares_the_commit(
    db: Database, commits: list[AsyncConnection]
) -> None:
    await asyncio.gather(*(write(db, number) for number in range(5)))
    assert len(commits) == 1
    await write(db, 5)
    assert len(commits) == 2
    assert await written(db) == [0, 1, 2, 3, 4, 5]


async def test_nobody_goes_on_before_the_disk_has_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, begun = asyncio.Event(), asyncio.Event()
    committing(monkeypatch, lambda commit: held(commit, begun, slow))
    writing = [asyncio.create_task(write(db, number)) for number in range(3)]
    await begun.wait()
    writing.append(asyncio.create_task(write(db, 3)))  # too late for this commit
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in writing)
    assert await written(db) == []
    slow.set()
    await asyncio.gather(*writing)
    assert await written(db) == [0, 1, 2, 3]


async def test_an_error_undoes_its_own_transaction_alone(
    db: Database, commits: list[AsyncConnection]
) -> None:
    outcomes = await asyncio.gather(
        write(db, 0),
        write(db, 1, then="SELECT nothing"),
        write(db, 2),
        write(db, 2),
        write(db, 3),
        return_exceptions=True,
    )
    assert failed(outcomes) == [False, True, False, True, False]
    assert await written(db) == [0, 2, 3]
    assert len(commits) == 1


async def test_a_lost_batch_is_reported_to_each_of_its_writers_and_to_no_other(
    db: Database,
) -> None:
    outcomes = await asyncio.gather(
        write(db, 0),
        write(db, 1, then="INSERT OR ROLLBACK INTO updates VALUES (1, 1)"),
        write(db, 2),
        return_exceptions=True,
    )
    assert failed(outcomes) == [True, True, False]
    # Both are told what SQLite said, not that their connection is closed.
    assert isinstance(outcomes[1], IntegrityError)
    assert outcomes[0] is outcomes[1]
    assert await written(db) == [2]


async def test_what_is_lost_is_reported_even_where_its_writer_hides_the_cause(
    db: Database,
) -> None:
    async def hides() -> None:
        async with db.write() as connection:
            with pytest.raises(IntegrityError):
                await connection.exec_driver_sql("INSERT OR ROLLBACK INTO updates VALUES (0, 1)")
            raise ValueError("another error")

    outcomes = await asyncio.gather(write(db, 0), hides(), write(db, 2), return_exceptions=True)
    assert failed(outcomes) == [True, True, False]
    assert isinstance(outcomes[0], DBAPIError)
    assert isinstance(outcomes[1], ValueError)
    assert await written(db) == [2]


async def test_a_batch_lost_by_an_error_that_its_writer_caught_is_reported_too(
    db: Database,
) -> None:
    async def careless() -> None:
        async with db.write() as connection:
            await connection.exec_driver_sql("INSERT INTO updates VALUES (1, 1)")
            with suppress(IntegrityError):
                await connection.exec_driver_sql("INSERT OR ROLLBACK INTO updates VALUES (1, 1)")

    outcomes = await asyncio.gather(write(db, 0), careless(), write(db, 2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OperationalError, OperationalError, NoneType]
    assert await written(db) == [2]


async def test_a_commit_that_fails_fails_for_all_and_the_next_one_is_new(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = [OperationalError("COMMIT", None, Exception("database or disk is full"))]

    def act(commit: Commit) -> Commit:
        async def once(connection: AsyncConnection) -> None:
            if full:
                raise full.pop()
            await commit(connection)

        return once

    committing(monkeypatch, act)
    outcomes = await asyncio.gather(write(db, 0), write(db, 1), return_exceptions=True)
    assert [str(one) for one in outcomes] == [str(outcomes[0])] * 2
    assert "disk is full" in str(outcomes[0])
    assert await written(db) == []
    await write(db, 2)
    assert await written(db) == [2]


async def test_who_is_cancelled_leaves_the_others_their_commit(db: Database) -> None:
    writing = [asyncio.create_task(write(db, number)) for number in range(3)]
    await asyncio.sleep(0)  # the first has its turn, and is in the middle of it
    writing[0].cancel()
    writing[1].cancel()
    await asyncio.gather(*writing, return_exceptions=True)
    assert await written(db) == [2]


@pytest.mark.parametrize("moment", range(16))
@pytest.mark.parametrize("first", [True, False])
async def test_whoever_is_cancelled_at_any_moment_is_undone_whole_and_alone(
    db: Database, moment: int, first: bool
) -> None:
    """The pauses let the driver's thread come between; `moment` counts turns of the loop."""

    async def both() -> None:
        async with db.write() as connection:
            for number in (10, 11):
                await connection.exec_driver_sql(f"INSERT INTO updates VALUES ({number}, 1)")

    writers = [write(db, 0), write(db, 1)]
    writers.insert(0 if first else 1, both())
    tasks = [asyncio.create_task(writer) for writer in writers]
    cancelled = tasks.pop(0 if first else 1)
    for _ in range(moment):
        await asyncio.sleep(0.0005)
    cancelled.cancel()
    await asyncio.sleep(0)
    cancelled.cancel()  # impatience does not interrupt the rollback
    await asyncio.wait([cancelled])
    await asyncio.gather(*tasks)
    assert await written(db) in ([0, 1], [0, 1, 10, 11])


async def test_a_commit_that_has_begun_is_not_cancelled(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, begun = asyncio.Event(), asyncio.Event()
    committing(monkeypatch, lambda commit: held(commit, begun, slow))
    writing = asyncio.create_task(write(db, 0))
    await begun.wait()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    slow.set()
    await write(db, 1)
    assert await written(db) == [0, 1]


async def test_to_close_is_to_wait_for_the_last_commit(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        writing = asyncio.create_task(write(db, 0))
        await asyncio.sleep(0)
        writing.cancel()
        another = asyncio.create_task(write(db, 1))
        await asyncio.sleep(0)
        await db.close()
        await asyncio.gather(writing, another, return_exceptions=True)
        assert await written(db) == [1]
