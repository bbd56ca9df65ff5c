"""The inbox: each update once, per chat in order, and none that stops another."""

import time
from typing import Any

import pytest

from store.database.database import Database
from store.gallery.erasure import forget_user
from store.messages import inbox
from store.messages.inbox import MAX_TRIES, read_update
from tests.fixtures.store import sql

Raw = dict[str, Any]
TAP: Raw = {
    "update_id": 1,
    "callback_query": {"from": {"id": 7}, "message": {"chat": {"id": -5}}},
}


def message(number: int, chat: int = 100, user: int = 100, **more: Any) -> Raw:
    inner = {"chat": {"id": chat}, "from": {"id": user}, "text": "кот", **more}
    return {"update_id": number, "message": inner}


async def receive(db: Database, *updates: Raw) -> int:
    return await inbox.receive(db, [read_update(raw) for raw in updates])


async def claimed(db: Database, limit: int = 10, lease_s: float = 60) -> list[int]:
    return [one.update_id for one in await inbox.claim(db, limit, lease_s)]


async def finish(db: Database, *numbers: int) -> None:
    for number in numbers:
        await inbox.finish(db, number)


async def test_the_first_of_each_chat_may_be_claimed(db: Database) -> None:
    await receive(db, message(1), message(2), message(3, -5), message(4, 200))
    assert await claimed(db) == [1, 3, 4]
    assert await claimed(db) == []
    await finish(db, 1, 4)
    assert await claimed(db) == [2]


async def test_no_more_are_claimed_than_can_be_dealt_with(db: Database) -> None:
    await receive(db, *(message(number, number) for number in range(1, 9)))
    assert await claimed(db, 3) == [1, 2, 3]
    assert await claimed(db, 3) == [4, 5, 6]


async def test_the_same_update_again_changes_nothing(db: Database) -> None:
    assert await receive(db, message(1), message(2)) == 2
    assert await claimed(db) == [1]
    await finish(db, 1)
    assert await receive(db, message(1), message(2), message(3)) == 1
    assert await claimed(db) == [2]
    assert await receive(db, message(4), message(4)) == 1


async def test_what_a_dead_process_held_is_claimed_again(db: Database) -> None:
    await receive(db, message(1), message(2))
    assert await claimed(db, lease_s=-1) == [1]
    assert await claimed(db) == [1]
    await finish(db, 1)
    assert await claimed(db) == [2]


async def test_an_update_that_ends_the_process_is_set_aside(db: Database) -> None:
    await receive(db, message(1), message(2))
    for _ in range(MAX_TRIES):
        assert await claimed(db, lease_s=-1) == [1]
    assert await claimed(db) == []  # it is set aside instead
    assert await claimed(db) == [2]
    assert await inbox.count(db, "set-aside") == 1
    assert await sql(db, "SELECT kind, count FROM alerts") == [("update:message", 1)]


async def test_what_was_in_hand_beside_a_deadly_update_is_not_set_aside_with_it(
    db: Database,
) -> None:
    """A bot that dies had several in hand: one of them may be the reason, the others are not."""
    others = [*range(2, 9)]
    await receive(db, message(1, 100), *(message(number, 100 + number) for number in others))
    assert await claimed(db, lease_s=-1) == [1, *others]  # all begun, and the process ends
    for _ in range(MAX_TRIES - 1):
        assert await claimed(db, lease_s=-1) == [1]  # the deadly one alone
    assert await claimed(db) == []
    assert await inbox.count(db, "set-aside") == 1
    await receive(db, message(9, 900))
    assert await claimed(db) == [2, 9]  # what is new may come with it
    assert [one.update_id for one in await inbox.claim(db, 10, 60, interrupted=False)] == []
    for number in others[1:]:
        assert await claimed(db) == [number]
    await finish(db, *others, 9)
    assert await inbox.count(db, "set-aside") == 1


async def test_an_update_that_was_set_aside_is_told_by_kind_and_number_alone(db: Database) -> None:
    await receive(db, message(1, text="a secret"))
    await claimed(db)
    await inbox.set_aside(db, 1, "it cannot be read")
    ((notice,),) = await sql(db, "SELECT notice FROM alerts")
    assert "secret" not in notice and '"id": 1' in notice
    await inbox.set_aside(db, 1, "again")
    assert await sql(db, "SELECT count FROM alerts") == [(1,)]


async def test_what_is_written_after_a_groups_move_comes_after_it(db: Database) -> None:
    await receive(db, message(1, -5), message(2, -5, migrate_to_chat_id=-100500))
    await receive(db, message(3, -100500))
    for number in (1, 2, 3):
        assert await claimed(db) == [number]
        await finish(db, number)


async def test_the_text_is_kept_no_longer_than_it_is_needed(db: Database) -> None:
    await receive(db, message(1), message(2))
    await claimed(db)
    await finish(db, 1)
    bodies = dict(await sql(db, "SELECT update_id, body FROM inbox"))
    assert bodies[1] == "" and "message" in bodies[2]


async def test_old_updates_are_let_go_of(db: Database) -> None:
    await receive(db, message(1), message(2, 200), message(3, 300))
    await claimed(db)
    await finish(db, 1, 2)
    await sql(db, f"UPDATE inbox SET done_ms = done_ms - {25 * 3600_000} WHERE update_id = 1")
    await inbox.trim(db)
    assert await sql(db, "SELECT update_id FROM inbox ORDER BY 1") == [(2,), (3,)]


async def test_who_asks_to_be_forgotten_is_forgotten_here_too(db: Database) -> None:
    await receive(db, message(1, user=7), message(2, -5, user=7), message(3, -5, user=8))
    await claimed(db, 1)  # the request itself
    await forget_user(db, 7)
    assert await sql(db, "SELECT update_id FROM inbox ORDER BY 1") == [(1,), (3,)]


@pytest.mark.parametrize(
    ("raw", "chat", "user", "kind"),
    [
        (message(1, -5, 7), -5, 7, "message"),
        (TAP, -5, 7, "callback_query"),
        ({"update_id": 1, "inline_query": {"from": {"id": 7}}}, 7, 7, "inline_query"),
        ({"update_id": 1, "poll_answer": {"user": {"id": 7}}}, 7, 7, "poll_answer"),
        ({"update_id": 1, "message": None}, 0, None, "message"),
        ({"update_id": 1, "message": [1, 2]}, 0, None, "message"),
        ({"update_id": 1, "message": {"chat": {"id": 1 << 70}}}, 0, None, "message"),
        ({"update_id": 1, "message": {"chat": {"id": "5"}, "from": 3}}, 0, None, "message"),
        ({"update_id": 1, "<b>x</b>" * 99: {}}, 0, None, "unknown"),
        ({"update_id": 1}, 0, None, "unknown"),
    ],
)
async def test_any_shape_is_stored(
    raw: Raw, chat: int, user: int | None, kind: str, db: Database
) -> None:
    update = read_update(raw)
    assert (update.chat_id, update.user_id, update.kind) == (chat, user, kind)
    assert await inbox.receive(db, [update]) == 1


@pytest.mark.parametrize("number", [None, "1", True, 1.5, 1 << 63, -(1 << 63) - 1])
def test_an_update_needs_a_number(number: Any) -> None:
    with pytest.raises(ValueError, match="without update_id"):
        read_update({"update_id": number, "message": {}})


async def test_surrogates_and_nul_survive_the_database(db: Database) -> None:
    text = "\ud83d\x00\u202e" + "я" * 5000
    await receive(db, message(1, text=text))
    (update,) = await inbox.claim(db, 1, 60)
    assert update.body.isascii() and "\\ud83d\\u0000" in update.body


async def test_the_length_of_a_flood_costs_a_claim_no_square(db: Database) -> None:
    """Also where the database's statistics are older than the flood, and know none like it."""

    async def put(chat: int, state: str, length: int) -> None:
        columns = "update_id, chat_id, kind, state, body, received_ms"
        rows = (f"({chat * 10**6 + n}, {chat}, 'message', '{state}', '', 0)" for n in range(length))
        await sql(db, f"INSERT INTO inbox ({columns}) VALUES {','.join(rows)}")

    async def seconds(chat: int, length: int) -> float:
        await sql(db, "DELETE FROM inbox WHERE state <> 'done'")
        await put(chat, "waiting", length)
        started = time.perf_counter()
        assert len(await claimed(db)) == 1
        return time.perf_counter() - started

    await put(1, "done", 500)
    await sql(db, "ANALYZE inbox")
    short = min([await seconds(chat, 1_000) for chat in (2, 3, 4)])
    long = min([await seconds(chat, 8_000) for chat in (5, 6, 7)])
    assert long < 20 * short  # its square is 64 times as long
