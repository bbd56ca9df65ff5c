"""What is promised of the models that are on: what they cannot do, drafters, styles."""

import asyncio

import pytest

from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from store import jobs
from store.jobs import engines
from store.jobs.engines import EngineState
from store.reader.drafters import OfferedDrafter
from store.reader.repertoire import Repertoire
from store.reader.vocabulary import subjects
from tests.fixtures.store import credits
from tests.fixtures.telegram.http import HttpHarness

pytestmark = pytest.mark.thorough

BOTH = ("latin", "cyrillic")
SMALL = Repertoire(frozenset(subject.key for subject in subjects()))


async def _engine(http_harness: HttpHarness, *closed: str, drafter: str = "") -> None:
    """Report an engine whose guides read these scripts with a closed vocabulary."""
    drafters = [OfferedDrafter(drafter, drafter.upper(), ("cyrillic",))] if drafter else []
    models = ("pocket", *(one.name for one in drafters))
    state = EngineState("e", models, "cpu", [(64, 64)], 1, ("pocket",), drafters=drafters)
    repertoires = dict.fromkeys(closed, SMALL)
    state = EngineState(**{**vars(state), "repertoires": repertoires})
    await engines.record_heartbeat(http_harness.db, state)


async def _answer(
    http_harness: HttpHarness, chat: SandboxChat, user: SandboxUser, text: str
) -> str:
    """Say something and return the text of the bot's next message."""
    before = len(chat.from_bot)
    http_harness.telegram.say(user, chat, text)
    await http_harness.telegram.until(lambda: len(chat.from_bot) > before, 15)
    return chat.from_bot[before].text


async def _tap(http_harness: HttpHarness, message: SandboxMessage, label: str, *then: str) -> None:
    """Tap a button and wait until the message has the buttons that follow."""
    http_harness.telegram.tap(message.button(label))

    def shown() -> bool:
        labels = " ".join(button.text for button in message.buttons)
        return all(one in labels for one in then)

    await http_harness.telegram.until(shown, 15)


async def test_55_what_the_models_cannot_paint_is_said_before_it_is_charged(
    http_harness: HttpHarness,
) -> None:
    await _engine(http_harness, *BOTH)
    anna = http_harness.telegram.person("Аня", language="ru")
    chat, before = http_harness.telegram.private(anna), await credits(http_harness.db, anna.id)
    said = await _answer(http_harness, chat, anna, "король")
    assert said == "Такого я пока не умею: короля. Что умею, написано в /help."
    assert await credits(http_harness.db, anna.id) == before
    said = await _answer(http_harness, chat, anna, "космонавт верхом на лошади")
    assert "Нарисую лошадь; космонавта пока не умею." in said
    assert await credits(http_harness.db, anna.id) == before - 1


async def test_65_a_picture_is_made_larger_at_a_price(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Аня", language="ru")
    chat = telegram.private(anna)
    telegram.say(anna, chat, "рыжий кот")
    await http_harness.finish(await http_harness.claim(), enlarges=True)
    await telegram.until(lambda: chat.from_bot and "do:more" in str(chat.from_bot[-1].buttons), 20)
    picture, left = chat.from_bot[-1], await credits(http_harness.db, anna.id)
    await _tap(http_harness, picture, "do:more", "Крупнее")
    for _ in range(2):  # a double tap
        telegram.tap(picture.button("Крупнее"))
    job = await http_harness.claim()
    assert job.request.larger and job.request.size == (32, 32)
    assert await credits(http_harness.db, anna.id) == left - 1
    await http_harness.finish(job)
    await telegram.until(lambda: [one.kind for one in chat.from_bot].count("photo") == 2, 20)


async def test_78_a_drafter_is_chosen_in_the_settings_and_draws(
    http_harness: HttpHarness,
) -> None:
    await _engine(http_harness, drafter="rudolph")
    telegram = http_harness.telegram
    anna = telegram.person("Аня", language="ru")
    chat = telegram.private(anna)
    await _answer(http_harness, chat, anna, "/settings")
    menu = chat.from_bot[-1]
    await _tap(http_harness, menu, "Чем рисовать", "RUDOLPH, по-русски")
    await _tap(http_harness, menu, "RUDOLPH", "Чем рисовать: RUDOLPH")
    await _answer(http_harness, chat, anna, "кот")
    assert (await http_harness.claim()).request.draft == "rudolph"
    telegram.say(anna, chat, "a cat")  # which it does not read
    assert (await http_harness.claim()).request.draft != "rudolph"


async def test_89_a_draft_shows_how_much_is_drawn_and_how_long_the_rest_takes(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Аня", language="ru")
    chat = telegram.private(anna)
    telegram.say(anna, chat, "рыжий кот")
    job = await http_harness.claim()
    await http_harness.report_frame(job, 0, drawn=10)
    await telegram.until(lambda: chat.from_bot and "10 %" in chat.from_bot[0].text, 20)
    status = chat.from_bot[0]
    assert "делаю наброски" in status.text and "осталось" not in status.text
    await telegram.until(lambda: status.kind == "photo", 20)  # the draft so far
    await http_harness.report_frame(job, 1, drawn=60)
    await telegram.until(lambda: "60 %" in status.text, 20)
    assert "осталось около" in status.text
    telegram.tap(status.button("cancel"))
    assert job.token is not None
    async with asyncio.timeout(20):
        while not (await jobs.beat(http_harness.db, job.id, job.token, step=0, steps=9)).cancel:
            await asyncio.sleep(0.05)


async def test_85_a_style_is_one_tap_where_the_models_know_styles(
    http_harness: HttpHarness,
) -> None:
    await _engine(http_harness)
    telegram = http_harness.telegram
    anna = telegram.person("Аня", language="ru")
    chat = telegram.private(anna)
    for styles, there in (((), False), (BOTH, True)):
        telegram.say(anna, chat, "рыжий кот")
        before = [one.kind for one in chat.from_bot].count("photo")
        await http_harness.finish(await http_harness.claim(), styles=styles)
        await telegram.until(
            lambda: (
                [one.kind for one in chat.from_bot].count("photo") > before  # noqa: B023
                and chat.from_bot[-1].buttons
            ),
            20,
        )
        picture = chat.from_bot[-1]
        await _tap(http_harness, picture, "more", "Удалить")
        assert ("В стиле…" in [button.text for button in picture.buttons]) is there
    await _tap(http_harness, picture, "В стиле…", "акварель", "неон")
    telegram.tap(picture.button("акварель"))
    job = await http_harness.claim()
    assert job.prompt.startswith("рыжий кот | ") and "акварель" in job.prompt
    assert job.request.init is not None
