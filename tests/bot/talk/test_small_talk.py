"""Small talk, the bot's bare name, its own inline results, and other content are not painted."""

from typing import Any

import pytest
from aiogram.methods import EditMessageText, SendMessage

from bot.views import keyboards
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, buttons, person


@pytest.mark.parametrize(
    ("user", "text", "answer"),
    [
        (ANNA, "Спасибо!!!", "Пожалуйста! Нарисовать что-нибудь ещё?"),
        (ANNA, "привет 👋", "Здравствуйте! Напишите, что нарисовать"),
        (BORIS, "Thank you ❤️", "You are welcome! Shall I paint something else?"),
        (BORIS, "hello", "Hello! Tell me what to paint"),
        (ANNA, "отмена", "Отменять нечего"),
        (ANNA, "Хватит", "Сейчас я ничего для вас не рисую"),
        (ANNA, "ок", "Хорошо. Напишите, что нарисовать."),
        (ANNA, "что ты умеешь?", "Как рисовать"),
        (ANNA, "@mazok_bot", "Попробуйте"),
        (ANNA, "Как дела?", "Здравствуйте! Напишите, что нарисовать"),
        (BORIS, "What’s up?", "Hello! Tell me what to paint"),
        (ANNA, "нарисуй", "Хорошо. Напишите, что нарисовать."),
        (ANNA, "…", "Хорошо. Напишите, что нарисовать."),
        (ANNA, "???", "Как рисовать"),
    ],
)
async def test_69_small_talk_is_answered_and_not_painted(
    harness: BotHarness, user: int, text: str, answer: str
) -> None:
    await harness.say(text, user=user)
    assert answer in harness.answers()[-1]
    assert await harness.jobs() == []


async def test_69_words_in_a_sentence_are_what_to_paint(harness: BotHarness) -> None:
    texts = ("привет, кот", "спасибо за кота", "stop sign", "@artist кот", "🐸")
    for text in texts:
        await harness.say(text)
    assert len(await harness.jobs()) == len(texts)


async def test_69_77_whoever_asks_for_something_gets_something(harness: BotHarness) -> None:
    await harness.say("Нарисуй что-нибудь!")
    (job,) = await harness.jobs()
    assert job.prompt.endswith("фоне")


async def test_69_enough_in_words_keeps_what_is_being_painted(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.painting()
    await harness.say("хватит")
    assert (await harness.jobs())[0].keep
    assert harness.answers()[-1] == "Хорошо, заканчиваю на этом."


async def test_69_in_groups_people_talk_among_themselves(harness: BotHarness) -> None:
    await harness.say("спасибо", chat=GROUP)
    assert harness.answers() == []


async def test_70_its_own_inline_result_is_not_painted_again(harness: BotHarness) -> None:
    me = {"id": harness.bot.id, "is_bot": True, "first_name": "Mazok"}
    photo = [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]
    await harness.say(None, photo=photo, caption="«кот»", via_bot=me)
    await harness.say("кот", via_bot=me)
    assert (await harness.jobs(), harness.answers()) == ([], [])
    await harness.say("кот", via_bot={"id": 9, "is_bot": True, "first_name": "gif"})
    assert len(await harness.jobs()) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"web_app_data": {"data": "1", "button_text": "b"}},
        {"checklist": {"title": "t", "tasks": [{"id": 1, "text": "x"}]}},
        {"game": {"title": "g", "description": "d", "photo": []}},
        {"paid_media": {"star_count": 1, "paid_media": []}},
    ],
)
async def test_70_other_content_gets_one_sentence(
    harness: BotHarness, content: dict[str, Any]
) -> None:
    await harness.say(None, **content)
    assert harness.answers() == [harness.context.texts("ru", "draw-words-only")]


@pytest.mark.parametrize("payload", ["true", "ref_x", "promo-2026"])
async def test_71_a_start_with_an_unknown_payload_greets(harness: BotHarness, payload: str) -> None:
    await harness.say(f"/start {payload}")
    assert "Попробуйте" in harness.answers()[-1]
    await harness.say("/start AbCdEfGhIjK")  # a link that was shared, of a picture that is gone
    assert harness.answers()[-1] == "Этой ссылки больше нет."


async def test_71_the_greeting_has_at_most_four_lines_and_two_buttons(
    harness: BotHarness,
) -> None:
    for user in (ANNA, BORIS):
        await harness.say("/start", user=user)
        greeting = harness.telegram.of(SendMessage)[-1]
        assert greeting.text is not None
        assert len(greeting.text.splitlines()) <= 4 and len(buttons(greeting)) == 2


async def test_71_the_help_is_a_screen_with_the_rest_behind_buttons(harness: BotHarness) -> None:
    await harness.say("/start")
    await harness.say("/help")
    pages = buttons(harness.telegram.of(SendMessage)[-1])
    assert list(pages.values()) == [f"help:{page}" for page in keyboards.HELP_PAGES]
    keyboard = keyboards.help_keyboard(harness.context.texts, "ru", "main")
    for data in pages.values():
        await harness.tap(data, keyboard=keyboard)
    shown = [harness.answers()[-1], *(call.text for call in harness.telegram.of(EditMessageText))]
    assert len(shown) == 4
    for text in shown:
        assert text is not None
        assert len(text.splitlines()) <= 16 and len(text) < 1000
    greeting = keyboards.start_keyboard(harness.context.texts, "ru")
    await harness.tap("help:main", keyboard=greeting)
    assert "Как рисовать" in harness.answers()[-1]
    await harness.tap("help:nothing", keyboard=greeting)


async def test_72_a_group_is_greeted_once_when_the_bot_is_added(harness: BotHarness) -> None:
    def member(status: str) -> dict[str, Any]:
        me = {"id": harness.bot.id, "is_bot": True, "first_name": "Mazok"}
        return {"user": me, "status": status}

    for number in range(2):
        event = {
            "chat": {"id": GROUP, "type": "supergroup", "title": "g"},
            "from": person(ANNA),
            "date": 1,
            "old_chat_member": member("left"),
            "new_chat_member": member("member"),
        }
        await harness.feed({"update_id": 900 + number, "my_chat_member": event})
    (greeting,) = harness.answers()
    assert greeting.startswith("Я рисую по словам.") and "/draw" in greeting
    assert len(greeting.splitlines()) == 2


async def test_73_me_is_five_lines(harness: BotHarness) -> None:
    await harness.say("/me")
    lines = harness.answers()[-1].splitlines()
    assert lines[0] == "Осталось <b>50 из 50</b> баллов на сегодня, потрачено 0."
    assert len(lines) <= 5
