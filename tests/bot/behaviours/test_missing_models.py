"""Pictures for which no engine has the models: who waits and who runs the bot both hear of it."""

from aiogram.methods import EditMessageText, SendMessage

from store.jobs import engines
from store.jobs.engines import EngineState
from store.request.request import DrawRequest
from tests.fixtures.bot import ADMIN, ANNA, BORIS, BotHarness, engine_is_here
from tests.fixtures.store import ask, sql

DAY_AND_MORE_MS = 25 * 3_600_000


async def _wanted(harness: BotHarness, user: int = ANNA, **models: str) -> int:
    """A job of this person that has waited for its models for two minutes."""
    job_id = await ask(harness.db, user, request=DrawRequest("кот", **models))  # type: ignore[arg-type]
    await sql(
        harness.db, "UPDATE jobs SET updated_ms = updated_ms - 120000 WHERE id = :id", id=job_id
    )
    return job_id


def _alerts(harness: BotHarness) -> list[str]:
    return [call.text for call in harness.telegram.of(SendMessage) if call.text.startswith("⚠️")]


async def _a_day_goes_by(harness: BotHarness) -> None:
    for when in ("alerts SET created_ms", "alerts SET told_ms", "jobs SET created_ms"):
        await sql(harness.db, f"UPDATE {when} = {when.split()[-1]} - {DAY_AND_MORE_MS}")


async def test_a_picture_for_which_no_engine_has_the_models_alerts_once(
    harness: BotHarness,
) -> None:
    await harness.say("/help", user=ADMIN)  # it knows the administrator's language now
    await engine_is_here(harness.db, "pocket")
    job_id = await _wanted(harness, vqgan="<wiki>")
    assert await harness.send_announcements() == 1
    [alert] = _alerts(harness)
    assert alert.startswith(
        f"⚠️ Картина {job_id} ждёт движок с моделью &lt;wiki&gt;, а такого на связи нет."
    )
    assert f"/drop {job_id}" in alert
    for _ in range(2):
        assert await harness.send_announcements() == 0
        await _a_day_goes_by(harness)


async def test_the_same_models_alert_again_a_day_later_and_only_for_another_picture(
    harness: BotHarness,
) -> None:
    await engine_is_here(harness.db, "pocket")
    await _wanted(harness, vqgan="wiki")
    await harness.send_announcements()
    first = await _wanted(harness, BORIS, vqgan="faces")
    await _wanted(harness, BORIS, vqgan="wiki")
    assert await harness.send_announcements() == 1  # other models are news at once
    assert f"Picture {first} waits for an engine with the model faces" in _alerts(harness)[-1]
    await _a_day_goes_by(harness)
    assert await harness.send_announcements() == 1
    assert (
        "2 pictures, 1 the first of them, wait for an engine with the model wiki"
        in (_alerts(harness)[-1])
    )


async def test_what_an_engine_can_paint_or_nobody_can_alerts_nobody_of_models(
    harness: BotHarness,
) -> None:
    await engine_is_here(harness.db, "pocket", "wiki")
    await _wanted(harness, vqgan="wiki")
    await _wanted(harness)
    assert await harness.send_announcements() == 0
    await sql(harness.db, "UPDATE engines SET beat_ms = 0")
    assert await harness.send_announcements() == 1
    assert "No engine answers" in _alerts(harness)[-1]


async def test_models_that_are_never_together_are_all_named(harness: BotHarness) -> None:
    await engine_is_here(harness.db, "pocket", "wiki")
    await engines.record_heartbeat(
        harness.db, EngineState("f", ("faces", "ViT"), "cpu", [(64, 64)], 2)
    )
    await _wanted(harness, vqgan="wiki", clip="ViT")
    assert await harness.send_announcements() == 1
    assert "the models ViT, wiki, and none that answers has them all" in _alerts(harness)[-1]


async def test_who_waits_reads_for_which_model_until_an_engine_has_it(harness: BotHarness) -> None:
    await engine_is_here(harness.db, "pocket")
    await _wanted(harness, vqgan="wiki")
    await harness.deliver()
    assert "Сейчас нет сервера с моделью wiki." in harness.answers()[-1]
    await engine_is_here(harness.db, "pocket", "wiki")
    await harness.update_progress()
    assert "движка" not in (harness.telegram.of(EditMessageText)[-1].text or "")


async def test_what_was_told_to_be_dropped_is_dropped(harness: BotHarness) -> None:
    await engine_is_here(harness.db, "pocket")
    job_id = await _wanted(harness, vqgan="wiki")
    await harness.say(f"/drop {job_id}", user=ADMIN)
    assert (await harness.jobs())[0].state == "cancelled"
    assert await harness.send_announcements() == 0
