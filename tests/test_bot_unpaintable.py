"""Pictures for which no engine has the models: who waits and who runs the bot both hear of it."""

from aiogram.methods import EditMessageText, SendMessage

from store import engines
from store.engines import EngineState
from store.request import DrawRequest
from tests.bot_fixtures import ADMIN, ANNA, BORIS, Room, engine_is_here
from tests.store_fixtures import ask, sql

DAY_AND_MORE_MS = 25 * 3_600_000


async def _wanted(room: Room, user: int = ANNA, **models: str) -> int:
    """A job of this person that has waited for its models for two minutes."""
    job_id = await ask(room.db, user, request=DrawRequest("кот", **models))  # type: ignore[arg-type]
    await sql(room.db, "UPDATE jobs SET updated_ms = updated_ms - 120000 WHERE id = :id", id=job_id)
    return job_id


def _alerts(room: Room) -> list[str]:
    return [call.text for call in room.telegram.of(SendMessage) if call.text.startswith("⚠️")]


async def _a_day_goes_by(room: Room) -> None:
    for when in ("alerts SET created_ms", "alerts SET told_ms", "jobs SET created_ms"):
        await sql(room.db, f"UPDATE {when} = {when.split()[-1]} - {DAY_AND_MORE_MS}")


async def test_a_picture_for_which_no_engine_has_the_models_alerts_once(room: Room) -> None:
    await room.say("/help", user=ADMIN)  # it knows the administrator's language now
    await engine_is_here(room.db, "pocket")
    job_id = await _wanted(room, vqgan="<wiki>")
    assert await room.post() == 1
    [alert] = _alerts(room)
    assert alert.startswith(
        f"⚠️ Картина {job_id} ждёт мастерскую с моделью &lt;wiki&gt;, а такой на связи нет."
    )
    assert f"/drop {job_id}" in alert
    for _ in range(2):
        assert await room.post() == 0
        await _a_day_goes_by(room)


async def test_the_same_models_alert_again_a_day_later_and_only_for_another_picture(
    room: Room,
) -> None:
    await engine_is_here(room.db, "pocket")
    await _wanted(room, vqgan="wiki")
    await room.post()
    first = await _wanted(room, BORIS, vqgan="faces")
    await _wanted(room, BORIS, vqgan="wiki")
    assert await room.post() == 1  # other models are news at once
    assert f"Picture {first} waits for an engine with the model faces" in _alerts(room)[-1]
    await _a_day_goes_by(room)
    assert await room.post() == 1
    assert (
        "2 pictures, 1 the first of them, wait for an engine with the model wiki"
        in (_alerts(room)[-1])
    )


async def test_what_an_engine_can_paint_or_nobody_can_alerts_nobody_of_models(room: Room) -> None:
    await engine_is_here(room.db, "pocket", "wiki")
    await _wanted(room, vqgan="wiki")
    await _wanted(room)
    assert await room.post() == 0
    await sql(room.db, "UPDATE engines SET beat_ms = 0")
    assert await room.post() == 1
    assert "no engine answers" in _alerts(room)[-1]


async def test_models_that_are_never_together_are_all_named(room: Room) -> None:
    await engine_is_here(room.db, "pocket", "wiki")
    await engines.beat_engine(room.db, EngineState("f", ("faces", "ViT"), "cpu", [(64, 64)], 2))
    await _wanted(room, vqgan="wiki", clip="ViT")
    assert await room.post() == 1
    assert "the models ViT, wiki, and none that answers has them all" in _alerts(room)[-1]


async def test_who_waits_reads_for_which_model_until_an_engine_has_it(room: Room) -> None:
    await engine_is_here(room.db, "pocket")
    await _wanted(room, vqgan="wiki")
    await room.deliver()
    assert "Сейчас на связи нет мастерской с моделью wiki." in room.answers()[-1]
    await engine_is_here(room.db, "pocket", "wiki")
    await room.show()
    assert "мастерской" not in (room.telegram.of(EditMessageText)[-1].text or "")


async def test_what_was_told_to_be_dropped_is_dropped(room: Room) -> None:
    await engine_is_here(room.db, "pocket")
    job_id = await _wanted(room, vqgan="wiki")
    await room.say(f"/drop {job_id}", user=ADMIN)
    assert (await room.jobs())[0].state == "cancelled"
    assert await room.post() == 0
