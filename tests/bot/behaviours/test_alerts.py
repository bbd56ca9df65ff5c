"""Alerts: administrators hear of trouble, each kind now and then, and before anything else."""

from aiogram.methods import EditMessageText, SendMessage

from store import jobs
from store.audit import AdminCommand
from store.messages import alerts, announcements, broadcasts
from store.model import Notice
from tests.fixtures.announcement import drafted, known_chats, no_answer, states
from tests.fixtures.bot import ADMIN, ANNA, BotHarness, engine_is_here
from tests.fixtures.store import claimed, sql

HOUR_AGO = "told_ms - 3600000"


async def test_an_alert_without_an_answer_is_sent_again(harness: BotHarness) -> None:
    await _fail(harness)
    harness.telegram.fail(SendMessage, no_answer)
    assert await harness.send_announcements() == 1
    await sql(harness.db, "UPDATE letters SET due_ms = 0")
    assert await harness.send_announcements() == 1
    await _fail(harness, error="engine-too-slow")
    await alerts.alert_admins(harness.db, [ADMIN])
    await announcements.claim_due(harness.db)  # leased by a sender that is killed now
    await sql(harness.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await harness.send_announcements() == 1


async def _fail(harness: BotHarness, *, user: int = ANNA, error: str = "engine-failed") -> None:
    await harness.say("кот", user=user)
    job, token = await claimed(harness.db)
    await jobs.fail(harness.db, job.id, token, Notice(error), retry=False)


async def test_46_an_engine_failure_is_told_refunded_and_alerts_administrators(
    harness: BotHarness,
) -> None:
    await harness.say("/help", user=ADMIN)  # it knows the administrator's language now
    harness.telegram.calls.clear()
    await harness.say("кот")
    await harness.deliver()
    job, token = await claimed(harness.db)
    await jobs.fail(harness.db, job.id, token, Notice("engine-failed"), retry=False)
    await harness.deliver()
    sorry = harness.telegram.of(EditMessageText)[-1].text or ""
    assert sorry.startswith("«кот»: не получилось. Во время работы что-то сломалось.")
    await harness.say("/me")
    assert "потрачено 0" in harness.answers()[-1]
    assert await harness.send_announcements() == 1
    alert = harness.telegram.of(SendMessage)[-1]
    assert (alert.chat_id, alert.text) == (
        ADMIN,
        "⚠️ Картина 1 не получилась. Во время работы что-то сломалось.",
    )
    assert await harness.send_announcements() == 0


async def test_46_a_broken_engine_does_not_flood_its_administrators(harness: BotHarness) -> None:
    for user in range(1000, 1005):
        await _fail(harness, user=user)
        await harness.send_announcements()
    assert len(_alerts(harness)) == 1
    await _fail(harness, error="engine-too-slow")  # other trouble is news
    assert await harness.send_announcements() == 1
    await sql(harness.db, f"UPDATE alerts SET told_ms = {HOUR_AGO}")
    assert await harness.send_announcements() == 1
    assert "4 of them in all" in _alerts(harness)[-1]


async def test_46_an_engine_that_is_gone_alerts_and_the_place_is_kept(harness: BotHarness) -> None:
    await harness.say("кот")
    await claimed(harness.db, lease_s=0)
    await jobs.reap(harness.db)
    assert await harness.send_announcements() == 1
    assert "The engine “engine” dropped picture 1" in _alerts(harness)[-1]
    await sql(harness.db, "UPDATE jobs SET updated_ms = updated_ms - 120000")
    assert await harness.send_announcements() == 1
    assert "No engine answers, and 1 picture waits" in _alerts(harness)[-1]
    assert await harness.send_announcements() == 0
    assert [job.state for job in await harness.jobs()] == ["queued"]


async def test_46_a_wait_with_an_engine_at_work_is_no_trouble(harness: BotHarness) -> None:
    await engine_is_here(harness.db)
    await harness.say("кот")
    await sql(harness.db, "UPDATE jobs SET updated_ms = updated_ms - 120000")
    assert await harness.send_announcements() == 0


async def test_46_without_administrators_nobody_is_told_and_nothing_piles_up(
    harness: BotHarness,
) -> None:
    await _fail(harness)
    assert await alerts.alert_admins(harness.db, ()) == 1
    assert await states(harness) == {}


async def test_an_alert_goes_before_a_broadcast(harness: BotHarness) -> None:
    await known_chats(harness)
    number = await drafted(harness)
    assert await broadcasts.start(harness.db, AdminCommand(ADMIN, 1000), number, ADMIN, 77)
    await _fail(harness)
    await alerts.alert_admins(harness.db, [ADMIN])
    first = await announcements.claim_due(harness.db)
    assert first is not None
    assert first.broadcast_id is None


def _alerts(harness: BotHarness) -> list[str]:
    return [call.text for call in harness.telegram.of(SendMessage) if call.text.startswith("⚠️")]
