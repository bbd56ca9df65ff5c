"""Alerts: administrators hear of trouble, each kind now and then, and before anything else."""

from aiogram.methods import EditMessageText, SendMessage

from store import alerts, broadcasts, jobs, letters
from store.audit import Order
from store.records import Notice
from tests.bot_fixtures import ADMIN, ANNA, Room, engine_is_here
from tests.letter_fixtures import asked, known_chats, no_answer, states
from tests.store_fixtures import claimed, sql

HOUR_AGO = "told_ms - 3600000"


async def test_an_alert_without_an_answer_is_sent_again(room: Room) -> None:
    await _fail(room)
    room.telegram.fail(SendMessage, no_answer)
    assert await room.post() == 1
    await sql(room.db, "UPDATE letters SET due_ms = 0")
    assert await room.post() == 1
    await _fail(room, error="engine-too-slow")
    await alerts.tell(room.db, [ADMIN])
    await letters.due(room.db)  # in the hands of a postman that is killed now
    await sql(room.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await room.post() == 1


async def _fail(room: Room, *, user: int = ANNA, error: str = "engine-failed") -> None:
    await room.say("кот", user=user)
    job, token = await claimed(room.db)
    await jobs.fail(room.db, job.id, token, Notice(error), retry=False)


async def test_46_an_engine_failure_is_told_refunded_and_alerts_administrators(
    room: Room,
) -> None:
    await room.say("/help", user=ADMIN)  # it knows the administrator's language now
    room.telegram.calls.clear()
    await room.say("кот")
    await room.deliver()
    job, token = await claimed(room.db)
    await jobs.fail(room.db, job.id, token, Notice("engine-failed"), retry=False)
    await room.deliver()
    sorry = room.telegram.of(EditMessageText)[-1].text or ""
    assert sorry.startswith("«кот»: не получилось. Во время работы что-то сломалось.")
    await room.say("/me")
    assert "потрачено 0" in room.answers()[-1]
    assert await room.post() == 1
    alert = room.telegram.of(SendMessage)[-1]
    assert (alert.chat_id, alert.text) == (
        ADMIN,
        "⚠️ Картина 1 не получилась. Во время работы что-то сломалось.",
    )
    assert await room.post() == 0


async def test_46_a_broken_engine_does_not_flood_its_administrators(room: Room) -> None:
    for user in range(1000, 1005):
        await _fail(room, user=user)
        await room.post()
    assert len(_alerts(room)) == 1
    await _fail(room, error="engine-too-slow")  # other trouble is news
    assert await room.post() == 1
    await sql(room.db, f"UPDATE alerts SET told_ms = {HOUR_AGO}")
    assert await room.post() == 1
    assert "4 of them in all" in _alerts(room)[-1]


async def test_46_an_engine_that_is_gone_alerts_and_the_place_is_kept(room: Room) -> None:
    await room.say("кот")
    await claimed(room.db, lease_s=0)
    await jobs.reap(room.db)
    assert await room.post() == 1
    assert "The engine “engine” dropped picture 1" in _alerts(room)[-1]
    await sql(room.db, "UPDATE jobs SET updated_ms = updated_ms - 120000")
    assert await room.post() == 1
    assert "no engine answers, and 1 picture waits" in _alerts(room)[-1]
    assert await room.post() == 0
    assert [job.state for job in await room.jobs()] == ["queued"]


async def test_46_a_wait_with_an_engine_at_work_is_no_trouble(room: Room) -> None:
    await engine_is_here(room.db)
    await room.say("кот")
    await sql(room.db, "UPDATE jobs SET updated_ms = updated_ms - 120000")
    assert await room.post() == 0


async def test_46_without_administrators_nobody_is_told_and_nothing_piles_up(room: Room) -> None:
    await _fail(room)
    assert await alerts.tell(room.db, ()) == 1
    assert await states(room) == {}


async def test_an_alert_goes_before_a_broadcast(room: Room) -> None:
    await known_chats(room)
    number = await asked(room)
    assert await broadcasts.start(room.db, Order(ADMIN, 1000), number, ADMIN, 77)
    await _fail(room)
    await alerts.tell(room.db, [ADMIN])
    first = await letters.due(room.db)
    assert first is not None
    assert first.broadcast_id is None


def _alerts(room: Room) -> list[str]:
    return [call.text for call in room.telegram.of(SendMessage) if call.text.startswith("⚠️")]
