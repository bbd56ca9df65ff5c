"""/settings: what people and groups choose, and which choice holds."""

from typing import Any

import pytest
from aiogram.methods import DeleteMessage, EditMessageCaption, EditMessageText, SendMessage

from store import choices, engines, outbox
from store.choices import Choices
from tests.bot_fixtures import ANNA, BORIS, GROUP, Room, bad_request, buttons
from tests.store_fixtures import found, sql


@pytest.fixture
async def room(room: Room) -> Room:
    await _engine(room, "pocket", "models/" + "x" * 200 + ".ckpt")
    return room


async def _engine(room: Room, *vqgans: str) -> None:
    models = [*vqgans, "ViT-B-32/openai"]
    state = engines.EngineState("e", models, "cpu", [(64, 64)], 1, vqgans)
    await engines.beat_engine(room.db, state)


def _page(room: Room) -> dict[str, str]:
    return buttons(room.telegram.of(EditMessageText)[-1])


async def test_settings_are_chosen_by_buttons_and_hold_from_the_next_picture_on(
    room: Room,
) -> None:
    await room.say("кот")
    await room.say("/settings")
    menu = buttons(room.telegram.of(SendMessage)[-1])
    assert list(menu) == [
        "Формат: по умолчанию",
        "Качество: по умолчанию",
        "Модель: по умолчанию",
        "Анимация: по умолчанию",
        "Откровенное и жестокое: по умолчанию",
        "Язык: как в Telegram",
    ]
    await room.tap(menu["Формат: по умолчанию"])
    assert [text for text in _page(room) if text.startswith("✓")] == ["✓ по умолчанию"]
    await room.tap(_page(room)["широкий"])
    assert "Формат: широкий" in _page(room)
    await room.tap(_page(room)["Качество: по умолчанию"])
    await room.tap(_page(room)["высокое"])
    await room.say("пёс")
    before, after = await room.jobs()
    assert (before.request.shape, before.request.quality) == (None, None)
    assert (after.request.shape, after.request.quality) == ("wide", "fine")
    await room.tap(f"set:{ANNA}:shape:")  # taken back
    await room.say("сова")
    assert (await room.jobs())[-1].request.shape is None


async def test_only_models_that_a_living_engine_paints_with_are_on_offer(room: Room) -> None:
    await room.tap(f"page:{ANNA}:model")
    page = _page(room)
    assert list(page)[:2] == ["✓ по умолчанию", "pocket"]
    (long,) = [data for text, data in page.items() if text.startswith("models/xxx")]
    assert all(len(data.encode()) <= 64 for data in page.values())
    assert not any("ViT" in text for text in page)
    await room.tap(long)
    await room.say("кот")
    await _engine(room, "pocket")  # the other one has left
    await room.say("пёс")
    first, second = await room.jobs()
    assert (first.request.vqgan or "").endswith(".ckpt")
    assert second.request.vqgan is None
    await room.tap(long)
    assert room.toasts()[-1] == room.desk.texts("ru", "alert-stale")


async def test_a_persons_choice_beats_the_groups_and_the_groups_beats_none(room: Room) -> None:
    await choices.choose(room.db, GROUP, "shape", "portrait")
    await choices.choose(room.db, GROUP, "animation", False)
    await choices.choose(room.db, ANNA, "shape", "square")
    assert await choices.holding(room.db, ANNA, GROUP) == Choices(shape="square", animation=False)
    assert await choices.holding(room.db, BORIS, GROUP) == Choices(
        shape="portrait", animation=False
    )
    assert await choices.holding(room.db, ANNA, ANNA) == Choices(shape="square")
    await room.say("/draw a cat", user=BORIS, chat=GROUP)
    (job,) = await room.jobs()
    assert (job.request.shape, job.animation) == ("portrait", False)
    with pytest.raises(ValueError, match="credits"):
        await choices.choose(room.db, ANNA, "credits", "1000")


async def test_a_groups_settings_are_its_administrators(room: Room) -> None:
    await room.say("/settings", user=BORIS, chat=GROUP)
    answer = room.telegram.of(SendMessage)[-1]
    assert list(buttons(answer).values()) == ["https://t.me/mazok_bot?start=settings"]
    await room.tap(f"set:{GROUP}:shape:wide", user=BORIS, chat=GROUP)
    assert room.toasts()[-1] == room.desk.texts("en", "tastes-admins-only")
    await room.tap(f"set:{ANNA}:shape:wide", user=BORIS, chat=GROUP)
    await room.tap(f"set:{GROUP}:shape:wide", user=BORIS)  # from elsewhere
    await room.tap(f"set:{BORIS}:shape:round", user=BORIS)
    await room.tap(f"set:{BORIS}:credits:1", user=BORIS)
    assert room.toasts()[-4:] == [room.desk.texts("en", "alert-stale")] * 4
    assert await choices.of(room.db, GROUP) == Choices()
    room.telegram.administrators.add(BORIS)
    await room.say("/settings", user=BORIS, chat=GROUP)
    menu = buttons(room.telegram.of(SendMessage)[-1])
    assert menu["Shape: default"] == f"page:{GROUP}:shape"
    await room.tap(f"set:{GROUP}:shape:wide", user=BORIS, chat=GROUP)
    assert (await choices.of(room.db, GROUP)).shape == "wide"


async def test_33_a_chosen_language_holds_at_once_and_everywhere(room: Room) -> None:
    await room.tap(f"set:{ANNA}:language:en")
    assert "Language: English" in _page(room)
    assert room.toasts() == ["Saved."]
    await room.say("/help", chat=GROUP)
    await room.say("кот")
    assert room.answers()[-1] == room.desk.texts("en", "help")
    assert (await room.jobs())[-1].language == "en"
    await room.tap(f"set:{ANNA}:language:")
    assert "Язык: как в Telegram" in _page(room)


async def test_33_a_groups_language_holds_for_those_who_chose_none(room: Room) -> None:
    room.telegram.administrators.add(BORIS)
    await room.tap(f"set:{GROUP}:language:ru", user=BORIS, chat=GROUP)
    assert "Язык: Русский" in _page(room)
    await room.say("/help", user=BORIS, chat=GROUP)
    await room.say("/help", user=BORIS)
    assert room.answers() == [room.desk.texts("ru", "help"), room.desk.texts("en", "help")]
    await choices.choose(room.db, BORIS, "language", "en")
    await room.say("/help", user=BORIS, chat=GROUP)
    assert room.answers()[-1] == room.desk.texts("en", "help")


async def test_without_an_animation_only_the_picture_stays(room: Room) -> None:
    await choices.choose(room.db, ANNA, "animation", False)
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    assert await room.deliver() == ["slot", "picture", "tidy"]
    assert [call.message_id for call in room.telegram.of(DeleteMessage)] == [5001]
    assert room.files.exists((await found(room.db, 1)).result.gif)  # type: ignore[union-attr]


async def test_a_status_message_too_old_to_go_loses_its_buttons(room: Room) -> None:
    await choices.choose(room.db, ANNA, "animation", False)
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    room.telegram.fail(DeleteMessage, bad_request("message can't be deleted for everyone"))
    await room.deliver()
    edits: list[Any] = [*room.telegram.of(EditMessageText), *room.telegram.of(EditMessageCaption)]
    assert [(call.message_id, call.reply_markup) for call in edits] == [(5001, None)]
    states = await sql(room.db, "SELECT state FROM outbox")
    assert set(states) == {("sent",)}


async def test_a_groups_choices_move_with_it(room: Room) -> None:
    await choices.choose(room.db, GROUP, "quality", "quick")
    await outbox.chat_moved(room.db, GROUP, GROUP * 1000)
    assert (await choices.of(room.db, GROUP * 1000)).quality == "quick"
