"""Deliveries: in order within a chat, by one sender, again after a crash, within the limits."""

import asyncio
from time import monotonic

import pytest

from store import chat_lifecycle, jobs
from store.database.database import Database
from store.messages import outbox, rate_limits
from tests.fixtures.store import (
    BROKEN,
    RESULT,
    ask,
    claimed,
    credits,
    deliver_all,
    found,
    next_due,
    sql,
)


async def finished(db: Database, user: int = 1) -> int:
    job_id = await ask(db, user)
    _, token = await claimed(db)
    await jobs.finish(db, job_id, token, RESULT, [])
    return job_id


async def test_a_chat_is_told_one_thing_after_the_other(db: Database) -> None:
    job_id = await finished(db)
    first = await next_due(db)
    assert (first.kind, first.job_id, first.chat_id, first.tries) == ("ack", job_id, 1, 1)
    assert await outbox.claim_due(db, "another courier") is None
    assert await outbox.mark_delivered(db, first, message_id=77)
    assert (await found(db, job_id)).status_message_id == 77
    animation = await next_due(db)
    assert (animation.kind, animation.job.status_message_id) == ("animation", 77)
    await outbox.mark_delivered(db, animation, message_id=77)
    picture = await next_due(db)
    assert (picture.kind, picture.slot_message_id) == ("picture", None)
    assert picture.job.result == RESULT


async def test_chats_do_not_wait_for_each_other(db: Database) -> None:
    for user in range(1, 9):
        await ask(db, user)
    taken = await asyncio.gather(*(outbox.claim_due(db, f"courier {n}") for n in range(10)))
    chats = [delivery.chat_id for delivery in taken if delivery]
    assert sorted(chats) == list(range(1, 9))


async def test_two_jobs_of_one_chat_are_told_in_their_order(db: Database) -> None:
    await finished(db)
    await ask(db)
    assert await deliver_all(db) == ["ack", "animation", "picture", "ack"]


async def test_who_asks_anew_does_not_wait_for_the_last_word_on_what_was_taken_back(
    db: Database,
) -> None:
    await ask(db)
    await outbox.mark_delivered(db, await next_due(db), message_id=77)
    await jobs.cancel(db, user_id=1)
    last_word = await next_due(db)
    assert last_word.kind == "cancelled"
    again = await ask(db)
    ack = await next_due(db)
    assert (ack.kind, ack.job_id) == ("ack", again)
    await outbox.mark_delivered(db, ack, message_id=78)
    await jobs.cancel(db, user_id=1)
    assert await outbox.claim_due(db, "courier") is None  # one after the other, as ever


async def test_acknowledgements_go_first_and_can_be_asked_for_alone(db: Database) -> None:
    await ask(db, 1)
    await outbox.mark_delivered(db, await next_due(db), message_id=77)
    await jobs.cancel(db, user_id=1)
    await sql(db, "UPDATE outbox SET due_ms = 0 WHERE kind = 'cancelled'")
    await ask(db, 2)
    await ask(db, 3)
    assert [(await next_due(db)).chat_id for _ in range(2)] == [2, 3]
    assert await outbox.claim_due(db, "courier", only_acks=True) is None
    assert (await next_due(db)).kind == "cancelled"


async def test_a_dead_couriers_message_is_due_again(db: Database) -> None:
    await ask(db)
    lost = await next_due(db, lease_s=0)
    again = await next_due(db)
    assert (again.id, again.tries) == (lost.id, 2)
    assert again.token != lost.token


async def test_each_failed_delivery_counts_in_the_row_until_it_is_given_up(db: Database) -> None:
    await finished(db)
    for tries in range(1, 6):  # the lease of each ends with nothing said
        delivery = await next_due(db, lease_s=0)
        assert (delivery.kind, delivery.tries) == ("ack", tries)
    assert await jobs.give_up(db, delivery, "failed too often", BROKEN)
    assert await sql(db, "SELECT state, tries FROM outbox WHERE kind = 'ack'") == [
        ("undeliverable", 5)
    ]
    assert (await next_due(db)).kind == "animation"
    await sql(db, "UPDATE outbox SET due_ms = 0, lease_until_ms = 0")
    assert (await next_due(db)).kind == "animation"  # the other one is never claimed again


async def test_one_delivery_that_was_interrupted_is_in_hand_at_a_time(db: Database) -> None:
    """One of them may have ended the process, and would do so before the others have arrived."""
    for user in range(1, 5):
        await ask(db, user)
    begun = await next_due(db, lease_s=0)
    for user in range(5, 7):
        await ask(db, user)
    again = await next_due(db)
    assert (again.id, again.interrupted) == (begun.id, True)
    fresh = [await outbox.claim_due(db, "c", interrupted=False) for _ in range(6)]
    assert [one.chat_id for one in fresh if one] == [2, 3, 4, 5, 6]
    assert not any(one.interrupted for one in fresh if one)
    await sql(db, "UPDATE outbox SET lease_until_ms = 0")  # the process has ended
    assert await outbox.claim_due(db, "c", interrupted=False) is None
    assert await outbox.claim_due(db, "c") is not None


async def test_a_courier_that_wakes_too_late_changes_nothing(db: Database) -> None:
    job_id = await ask(db)
    late = await next_due(db, lease_s=0)
    current = await next_due(db)
    assert not await outbox.mark_delivered(db, late, message_id=1)
    assert not await outbox.postpone(db, late, 60, chat_wide=False)
    assert not await jobs.give_up(db, late, "no", BROKEN)
    assert (await found(db, job_id)).status_message_id is None
    assert await outbox.mark_delivered(db, current, message_id=2)
    assert not await outbox.mark_delivered(db, current, message_id=3)
    assert (await found(db, job_id)).status_message_id == 2


async def test_postponing_holds_the_chat_and_is_no_try(db: Database) -> None:
    await finished(db)
    await ask(db, 2)
    ack = await next_due(db)
    assert await outbox.postpone(db, ack, 60)
    assert (await next_due(db)).chat_id == 2
    assert await outbox.claim_due(db, "courier") is None
    assert 59 < await rate_limits.acquire(db, 1, is_group=False) <= 60
    await sql(db, "UPDATE outbox SET due_ms = 0")
    assert await outbox.claim_due(db, "courier") is None  # the chat itself is still held
    await sql(db, "UPDATE chats SET hold_until_ms = 0")
    again = await next_due(db)
    assert (again.id, again.tries) == (ack.id, 1)


async def test_postponing_one_message_leaves_the_chat_open_but_in_order(db: Database) -> None:
    await finished(db)
    assert await outbox.postpone(db, await next_due(db), 60, chat_wide=False)
    assert await rate_limits.acquire(db, 1, is_group=False) == 0.0
    assert await outbox.claim_due(db, "courier") is None


async def test_what_cannot_arrive_lets_the_next_go(db: Database) -> None:
    await finished(db)
    assert await jobs.give_up(db, await next_due(db), "message is too strange", BROKEN)
    assert (await next_due(db)).kind == "animation"
    [(reason,)] = await sql(db, "SELECT last_error FROM outbox WHERE kind = 'ack'")
    assert reason == "message is too strange"


async def test_for_a_chat_that_is_gone_nothing_is_sent_or_painted(db: Database) -> None:
    running = await ask(db)
    _, token = await claimed(db)
    queued = await ask(db)
    other = await ask(db, 2)
    await chat_lifecycle.chat_gone(db, 1)
    assert (await found(db, queued)).state == "cancelled"
    assert (await jobs.beat(db, running, token, step=1, steps=2)).cancel
    assert (await found(db, other)).state == "queued"
    assert await credits(db) == 49  # of two charges one came back; the other one follows
    assert (await next_due(db)).chat_id == 2
    assert await outbox.claim_due(db, "courier") is None


async def test_a_private_chat_gets_one_call_a_second(db: Database) -> None:
    assert await rate_limits.acquire(db, 1, is_group=False) == 0.0
    assert 0.5 < await rate_limits.acquire(db, 1, is_group=False) <= 1.0
    assert await rate_limits.acquire(db, 2, is_group=False) == 0.0
    await sql(db, "UPDATE chats SET calls = '[1]'")
    assert await rate_limits.acquire(db, 1, is_group=False) == 0.0


async def test_a_group_gets_twenty_calls_a_minute(db: Database) -> None:
    started = monotonic()
    for _ in range(20):
        assert await rate_limits.acquire(db, -1, is_group=True) == 0.0
        await minute_passes(db, -1, seconds=2)
    assert 19 - (monotonic() - started) < await rate_limits.acquire(db, -1, is_group=True) <= 20
    await minute_passes(db, -1, seconds=20)
    assert await rate_limits.acquire(db, -1, is_group=True) == 0.0


async def minute_passes(db: Database, chat: int, seconds: int) -> None:
    """Makes all that was called lie further back."""
    [(calls,)] = await sql(db, "SELECT calls FROM chats WHERE chat_id = :chat", chat=chat)
    moved = [int(at) - 1000 * seconds for at in calls.strip("[]").split(",")]
    await sql(
        db, "UPDATE chats SET calls = :calls WHERE chat_id = :chat", calls=str(moved), chat=chat
    )


async def test_couriers_share_one_limit(db: Database) -> None:
    waits = await asyncio.gather(*(rate_limits.acquire(db, -1, is_group=True) for _ in range(5)))
    assert sorted(waits)[0] == 0.0
    assert all(wait > 0.5 for wait in sorted(waits)[1:])


async def test_a_hold_is_never_shortened(db: Database) -> None:
    await rate_limits.pause(db, 1, 60)
    await rate_limits.pause(db, 1, 5)
    assert await rate_limits.acquire(db, 1, is_group=False) > 50


async def test_a_clock_that_was_set_back_silences_nobody(db: Database) -> None:
    assert await rate_limits.acquire(db, 1, is_group=True) == 0.0
    await minute_passes(db, 1, seconds=-3600)
    assert await rate_limits.acquire(db, 1, is_group=True) == 0.0


async def test_a_group_that_moved_takes_its_jobs_and_messages_with_it(db: Database) -> None:
    painted, waiting = [await ask(db, chat=-5) for _ in range(2)]
    elsewhere = await ask(db, chat=-6)
    assert await deliver_all(db) == ["ack", "ack", "ack"]
    job, token = await claimed(db)
    assert job.id == painted
    await jobs.finish(db, painted, token, RESULT, [])
    under_way = await next_due(db)
    await rate_limits.pause(db, -5, 0.0)
    for _ in range(2):  # Telegram tells it twice: by a message and by refusing a call
        await chat_lifecycle.chat_moved(db, -5, -1005)
    assert not await outbox.mark_delivered(db, under_way)
    assert await sql(db, "SELECT DISTINCT chat_id FROM outbox ORDER BY 1") == [(-1005,), (-6,)]
    assert (-5,) not in await sql(db, "SELECT chat_id FROM chats")
    moved = await found(db, waiting)
    assert (moved.chat_id, moved.chat_type, moved.message_id) == (-1005, "supergroup", 0)
    assert moved.status_message_id is None  # its number means another message there
    assert (await found(db, elsewhere)).status_message_id is not None
    # The painted one goes straight to its result, the waiting one needs a status message again.
    assert sorted(await deliver_all(db)) == ["ack", "picture"]
    assert (await found(db, waiting)).status_message_id is not None


async def test_a_row_that_cannot_be_read_does_not_hold_up_other_chats(db: Database) -> None:
    broken, good = await ask(db), await ask(db, user=2)
    await sql(db, "UPDATE jobs SET notices = '{' WHERE id = :id", id=broken)
    with pytest.raises(ValueError):
        await outbox.claim_due(db, "courier")
    assert (await next_due(db)).job_id == good


async def test_before_a_picture_is_sent_the_newest_message_of_its_chat_is_kept(
    db: Database,
) -> None:
    """Also what another bot sent, and never what another chat got."""
    for user in (1, 2):
        await finished(db, user)
    pictures = {}
    for number in range(10**6 + 77, 10**6 + 83):
        delivery = await next_due(db)
        if delivery.kind == "picture":
            pictures[delivery.chat_id] = delivery
        else:
            await outbox.mark_delivered(db, delivery, message_id=number)
    for chat, newest in ((1, 0), (2, 10**6 + 95)):
        await outbox.note_sending(db, pictures[chat], newest)
    of_chat = "SELECT max(message_id) FROM outbox WHERE chat_id = 1"
    [(newest,)] = await sql(db, of_chat)
    query = "SELECT chat_id, sent_behind FROM outbox WHERE sent_behind IS NOT NULL ORDER BY chat_id"
    assert await sql(db, query) == [(1, newest), (2, 10**6 + 95)]
    await sql(db, "UPDATE outbox SET lease_until_ms = 0")
    for _ in range(2):
        again = await next_due(db)
        assert again.sent_behind == {1: newest, 2: 10**6 + 95}[again.chat_id]
        await outbox.note_unsent(db, again)
    await sql(db, "UPDATE outbox SET lease_until_ms = 0")
    assert (await next_due(db)).sent_behind is None
