"""/settings: what people and groups choose, and which choice holds."""

from typing import Any

import pytest
from aiogram.methods import DeleteMessage, EditMessageCaption, EditMessageText, SendMessage

from store import chat_lifecycle
from store.jobs import engines
from store.reader.drafters import OfferedDrafter
from store.request.request import DrawRequest
from store.users import preferences
from store.users.preferences import Preferences
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, bad_request, buttons, engine_is_here
from tests.fixtures.store import found, sql


@pytest.fixture
async def harness(harness: BotHarness) -> BotHarness:
    await _engine(harness, "pocket", "models/" + "x" * 200 + ".ckpt")
    return harness


async def _engine(harness: BotHarness, *vqgans: str) -> None:
    models = [*vqgans, "ViT-B-32/openai"]
    state = engines.EngineState("e", models, "cpu", [(64, 64)], 1, vqgans)
    await engines.record_heartbeat(harness.db, state)


def _page(harness: BotHarness) -> dict[str, str]:
    return buttons(harness.telegram.of(EditMessageText)[-1])


async def test_settings_are_chosen_by_buttons_and_hold_from_the_next_picture_on(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    await harness.say("/settings")
    menu = buttons(harness.telegram.of(SendMessage)[-1])
    assert list(menu) == [
        "Формат: по умолчанию (квадратный)",
        "Качество: по умолчанию (обычное)",
        "Сколько сразу: по умолчанию (одну)",
        "Чем рисовать: по умолчанию (pocket)",
        "Стиль: по умолчанию (никакой)",
        "Анимация: по умолчанию (присылать)",
        "Фильтр 18+: по умолчанию (под спойлером)",
        "Язык: как вы пишете",
        "Тоньше: размер, шаги, зерно",
    ]
    await harness.tap(menu["Формат: по умолчанию (квадратный)"])
    assert [text for text in _page(harness) if text.startswith("✓")] == [
        "✓ по умолчанию (квадратный)"
    ]
    await harness.tap(_page(harness)["широкий"])
    assert "Формат: широкий" in _page(harness)
    await harness.tap(_page(harness)["Качество: по умолчанию (обычное)"])
    await harness.tap(_page(harness)["высокое"])
    await harness.say("пёс")
    before, after = await harness.jobs()
    assert (before.request.shape, before.request.quality) == (None, None)
    assert (after.request.shape, after.request.quality) == ("wide", "fine")
    await harness.tap(f"set:{ANNA}:shape:")  # taken back
    await harness.say("сова")
    assert (await harness.jobs())[-1].request.shape is None


async def test_finer_settings_hold_where_the_words_say_nothing(harness: BotHarness) -> None:
    await harness.say("/settings")
    menu = buttons(harness.telegram.of(SendMessage)[-1])
    for line, choice in (
        ("Размер: по умолчанию (64×64)", "384×384"),
        ("Шаги: по умолчанию (по качеству)", "100"),
        ("Зерно: по умолчанию (каждый раз новое)", "всегда 42"),
        ("Кадры анимации: по умолчанию (подбираю сам)", "каждый шаг"),
    ):
        await harness.tap(menu["Тоньше: размер, шаги, зерно"])
        await harness.tap(_page(harness)[line])
        await harness.tap(_page(harness)[choice])
    assert list(_page(harness)) == [
        "Размер: 384×384",
        "Шаги: 100",
        "Зерно: всегда 42",
        "Кадры анимации: каждый шаг",
        "← Назад",
    ]
    await harness.say("кот")
    await harness.say("кот, быстро, 512x256, зерно 7, каждый 5")
    await harness.say("кот, 3:2")
    plain, said, wide = [job.request for job in await harness.jobs()]
    assert (plain.size, plain.steps, plain.seed, plain.every) == ((384, 384), 100, 42, 1)
    assert (said.size, said.steps, said.seed, said.every) == ((512, 256), None, 7, 5)
    assert wide.size == (480, 320)  # 3:2, and nearly the same area


async def test_the_usual_size_is_said_where_it_is_known(harness: BotHarness) -> None:
    await engine_is_here(harness.db, "pocket", "wiki")
    for model, said in ((None, "64×64"), ("wiki", "обычный у модели")):
        await preferences.set_preference(harness.db, ANNA, "model", model)
        await harness.tap(f"page:{ANNA}:finer")
        assert f"Размер: по умолчанию ({said})" in _page(harness)


async def test_a_drafter_keeps_its_own_size_and_steps(harness: BotHarness) -> None:
    for name, value in (("size", "768"), ("steps", "500"), ("seed", "42")):
        await preferences.set_preference(harness.db, ANNA, name, value)
    drafted = preferences.with_finer(
        DrawRequest("кот", draft="rudolph"), await preferences.get(harness.db, ANNA)
    )
    assert (drafted.size, drafted.steps, drafted.seed) == (None, None, 42)


async def test_78_drafters_of_a_living_engine_are_on_offer_with_what_they_read_and_their_time(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafters = (
        OfferedDrafter("rudolph", "RUDOLPH 350M", ("cyrillic",)),
        OfferedDrafter("faces", "Faces"),
    )
    state = engines.EngineState(
        "e", ["pocket", "rudolph"], "cpu", [(64, 64)], 1, ["pocket"], drafters=drafters
    )
    await engines.record_heartbeat(harness.db, state)

    async def paces(db: object) -> dict[str, engines.Pace]:
        return {"rudolph": engines.Pace(60.0)}

    monkeypatch.setattr(engines, "paces", paces)
    await harness.tap(f"page:{ANNA}:model")
    offered = _page(harness)
    assert list(offered)[:4] == [
        "✓ по умолчанию (pocket)", "pocket", "RUDOLPH 350M, по-русски · 1 мин", "Faces",
    ]  # fmt: skip
    await harness.tap(offered["RUDOLPH 350M, по-русски · 1 мин"])
    await harness.say("кот")
    (job,) = await harness.jobs()
    assert (job.request.draft, job.request.steps) == ("rudolph", 0)


async def test_only_models_that_a_living_engine_paints_with_are_on_offer(
    harness: BotHarness,
) -> None:
    await harness.tap(f"page:{ANNA}:model")
    page = _page(harness)
    assert list(page)[:2] == ["✓ по умолчанию (pocket)", "pocket"]
    (long,) = [data for text, data in page.items() if text.startswith("models/xxx")]
    assert all(len(data.encode()) <= 64 for data in page.values())
    assert not any("ViT" in text for text in page)
    await harness.tap(long)
    await harness.say("кот")
    await _engine(harness, "pocket")  # the other one has left
    await harness.say("пёс")
    first, second = await harness.jobs()
    assert (first.request.vqgan or "").endswith(".ckpt")
    assert second.request.vqgan is None
    await harness.tap(long)
    assert harness.toasts()[-1] == harness.context.texts("ru", "alert-stale")


async def test_a_persons_choice_beats_the_groups_and_the_groups_beats_none(
    harness: BotHarness,
) -> None:
    await preferences.set_preference(harness.db, GROUP, "shape", "portrait")
    await preferences.set_preference(harness.db, GROUP, "animation", False)
    await preferences.set_preference(harness.db, ANNA, "shape", "square")
    async with harness.db.read() as connection:
        assert await preferences.effective(connection, ANNA, GROUP) == Preferences(
            shape="square", animation=False
        )
        assert await preferences.effective(connection, BORIS, GROUP) == Preferences(
            shape="portrait", animation=False
        )
        assert await preferences.effective(connection, ANNA, ANNA) == Preferences(shape="square")
    await harness.say("/draw a cat", user=BORIS, chat=GROUP)
    (job,) = await harness.jobs()
    assert (job.request.shape, job.animation) == ("portrait", False)
    with pytest.raises(ValueError, match="credits"):
        await preferences.set_preference(harness.db, ANNA, "credits", "1000")


async def test_a_groups_settings_are_its_administrators(harness: BotHarness) -> None:
    await harness.say("/settings", user=BORIS, chat=GROUP)
    answer = harness.telegram.of(SendMessage)[-1]
    assert list(buttons(answer).values()) == ["https://t.me/mazok_bot?start=settings"]
    await harness.tap(f"set:{GROUP}:shape:wide", user=BORIS, chat=GROUP)
    assert harness.toasts()[-1] == harness.context.texts("en", "tastes-admins-only")
    await harness.tap(f"set:{ANNA}:shape:wide", user=BORIS, chat=GROUP)
    await harness.tap(f"set:{GROUP}:shape:wide", user=BORIS)  # from elsewhere
    await harness.tap(f"set:{BORIS}:shape:round", user=BORIS)
    await harness.tap(f"set:{BORIS}:credits:1", user=BORIS)
    assert harness.toasts()[-4:] == [harness.context.texts("en", "alert-stale")] * 4
    assert await preferences.get(harness.db, GROUP) == Preferences()
    harness.telegram.administrators.add(BORIS)
    await harness.say("/settings", user=BORIS, chat=GROUP)
    menu = buttons(harness.telegram.of(SendMessage)[-1])
    assert menu["Shape: default (square)"] == f"page:{GROUP}:shape"
    await harness.tap(f"set:{GROUP}:shape:wide", user=BORIS, chat=GROUP)
    assert (await preferences.get(harness.db, GROUP)).shape == "wide"


async def test_33_a_chosen_language_holds_at_once_and_everywhere(harness: BotHarness) -> None:
    await harness.tap(f"set:{ANNA}:language:en")
    assert "Language: English" in _page(harness)
    assert harness.toasts() == ["Saved."]
    await harness.say("/help", chat=GROUP)
    await harness.say("кот")
    assert harness.answers()[-1] == harness.context.texts("en", "help", knows="all")
    assert (await harness.jobs())[-1].language == "en"
    await harness.tap(f"set:{ANNA}:language:")
    assert "Язык: как вы пишете" in _page(harness)


async def test_33_a_groups_language_holds_for_those_who_chose_none(harness: BotHarness) -> None:
    harness.telegram.administrators.add(BORIS)
    await harness.tap(f"set:{GROUP}:language:ru", user=BORIS, chat=GROUP)
    assert "Язык: Русский" in _page(harness)
    await harness.say("/help", user=BORIS, chat=GROUP)
    await harness.say("/help", user=BORIS)
    assert harness.answers() == [
        harness.context.texts("ru", "help", knows="all"),
        harness.context.texts("en", "help", knows="all"),
    ]
    await preferences.set_preference(harness.db, BORIS, "language", "en")
    await harness.say("/help", user=BORIS, chat=GROUP)
    assert harness.answers()[-1] == harness.context.texts("en", "help", knows="all")


async def test_without_an_animation_only_the_picture_stays(harness: BotHarness) -> None:
    await preferences.set_preference(harness.db, ANNA, "animation", False)
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting())
    assert await harness.deliver() == ["picture", "tidy"]
    assert [call.message_id for call in harness.telegram.of(DeleteMessage)] == [5001]
    assert harness.files.exists((await found(harness.db, 1)).result.gif)  # type: ignore[union-attr]


async def test_a_status_message_too_old_to_go_loses_its_buttons(harness: BotHarness) -> None:
    await preferences.set_preference(harness.db, ANNA, "animation", False)
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting())
    harness.telegram.fail(DeleteMessage, bad_request("message can't be deleted for everyone"))
    await harness.deliver()
    edits: list[Any] = [
        *harness.telegram.of(EditMessageText),
        *harness.telegram.of(EditMessageCaption),
    ]
    assert [(call.message_id, call.reply_markup) for call in edits] == [(5001, None)]
    states = await sql(harness.db, "SELECT state FROM outbox")
    assert set(states) == {("sent",)}


async def test_a_groups_choices_move_with_it(harness: BotHarness) -> None:
    await preferences.set_preference(harness.db, GROUP, "quality", "quick")
    await chat_lifecycle.chat_moved(harness.db, GROUP, GROUP * 1000)
    assert (await preferences.get(harness.db, GROUP * 1000)).quality == "quick"
