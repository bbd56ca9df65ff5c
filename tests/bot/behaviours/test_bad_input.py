"""Whatever people and programs throw at the bot: one kind answer, no harm, no flood."""

import asyncio
import logging
from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery, EditMessageMedia, SendMessage, SendPhoto
from aiogram.types import Update

from bot.delivery.replies import MAX_QUEUED_PER_CHAT
from bot.views import keyboards, result_keyboard
from sandbox.state.entities import parse_html, utf16_length
from store.model import Notice
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, WITHOUT_SPACING, BotHarness, person
from tests.fixtures.store import sql

STRANGE = {
    "emoji": "👩‍👩‍👧‍👦🎨",
    "directions": "\u202eтак\u202c \u2067\u200fשלום\u2069",
    "markup": "<b>&lt;</b><script>&amp;</pre></code>",
    "open markup": "<a href='",
    "placeholders": "{ $prompt } %s {0} \\n",
    "combining": "к" + "\u0301\u0330\u0337" * 9,
    "blanks": "\u200b\u00a0\u2800 x",
    "controls": "a\x00b\x07c\x1b[31m",
}

FORGED = (
    "cancel:999",
    "cancel:-1",
    "cancel:x",
    f"cancel:{10**30}",
    "do:gif:999:0",
    "do:melt:1:0",
    f"do:again:{2**64}:0",
    f"do:again:1:{10**30}",
    "do:again:1",
    f"try:{-(10**30)}",
    "try:",
    "paint:no-such-recipe:0",
    f"paint:x:{10**30}",
    "cast:send:1",
    "nonsense",
    "🎨" * 16,
    "a:b:c:d:e:f:g",
)


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 3}


def _check_texts(harness: BotHarness) -> None:
    """All that was said is markup that Telegram can parse, and fits."""
    for call in harness.telegram.calls:
        media = call.media if isinstance(call, EditMessageMedia) else None
        caption = getattr(media or call, "caption", None)
        for source, limit in ((getattr(call, "text", None), 4096), (caption, 1024)):
            if source is not None and not isinstance(call, AnswerCallbackQuery):
                text, _ = parse_html(source)
                assert 0 < utf16_length(text) <= limit


async def test_5_messages_of_4096_strange_characters_get_one_answer(harness: BotHarness) -> None:
    for letters in STRANGE.values():
        before, text = len(harness.answers()), (letters * 4096)[:4096]
        await harness.say(text)
        await harness.say(text, chat=GROUP)  # talk among people
        await harness.say(f"/draw {text}"[:4096], chat=GROUP)
        said = [call.chat_id for call in harness.telegram.of(SendMessage)[before:]]
        assert said == [ANNA, GROUP], letters
    assert await harness.jobs() == []
    _check_texts(harness)


@pytest.mark.parametrize("kinds", [("emoji", "markup", "controls"), ("directions", "open markup")])
async def test_25_a_strange_prompt_passes_through_every_message(
    harness: BotHarness, kinds: tuple[str, ...]
) -> None:
    """From the acknowledgement to the caption and the buttons' answers, under a strange name."""
    strange = "".join(STRANGE[kind] for kind in kinds)
    prompt = (strange * 500)[:400]
    await harness.say(prompt, sender={**person(ANNA), "first_name": strange})
    await harness.deliver()
    job = await harness.painting()
    await harness.update_progress()
    notice = Notice("notice-words-unknown", {"count": 1, "words": prompt})
    await harness.finish(job, notice, notice)
    await harness.deliver()
    for action in ("more", "facts", "share", "edit"):
        await harness.tap(f"do:{action}:1:0")
    await harness.say("/gallery")
    await harness.say(f"/user {ANNA}", user=ADMIN)
    await harness.say("/queue", user=ADMIN)
    assert len(harness.telegram.of(SendMessage)) == 6
    assert len(harness.telegram.of(SendPhoto)) == 2  # once in the gallery
    _check_texts(harness)


async def test_21_stale_and_forged_buttons_are_answered_and_change_nothing(
    harness: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.say("/draw a cat", user=BORIS, chat=GROUP)
    for data in FORGED:
        before = len(harness.toasts())
        await harness.tap(data)
        await harness.tap(data, chat=GROUP)
        assert len(harness.toasts()) == before + 2, data
    assert harness.context.texts("ru", "try-later") not in harness.toasts()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    (job,) = await harness.jobs()
    assert (job.user_id, job.state, job.erased) == (BORIS, "queued", False)


async def test_21_a_button_of_another_chat_or_of_an_unfinished_job_is_stale(
    harness: BotHarness,
) -> None:
    await harness.say("/draw a cat", user=BORIS, chat=GROUP)
    await harness.tap("cancel:1", user=BORIS, chat=GROUP - 1)
    await harness.tap("do:gif:1:0", user=BORIS, chat=GROUP)
    await harness.tap("do:more:1:0", user=BORIS, chat=GROUP)
    assert harness.toasts() == [harness.context.texts("en", "alert-stale")] * 3
    assert (await harness.jobs())[0].state == "queued"


async def test_forwarded_commands_are_nobodys_order(harness: BotHarness) -> None:
    origin = {"type": "user", "date": 1, "sender_user": person(BORIS)}
    await harness.say("кот")
    for command in ("/draw пёс", "/cancel", "/forget", "/settings", "/start"):
        await harness.say(command, forward_origin=origin)
        await harness.say(command, chat=GROUP, forward_origin=origin)
    assert harness.answers() == [harness.context.texts("ru", "command-forwarded")] * 5
    photo: dict[str, Any] = {
        "photo": [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]
    }
    for chat in (ANNA, GROUP):
        await harness.say(caption="/draw кит", chat=chat, forward_origin=origin, **photo)
    assert harness.answers() == [harness.context.texts("ru", "command-forwarded")] * 6
    assert [(job.prompt, job.state) for job in await harness.jobs()] == [("кот", "queued")]
    await harness.say("стихи о лете", forward_origin=origin)  # words can be painted, whoever's
    assert len(await harness.jobs()) == 2


@pytest.mark.parametrize(
    "message",
    [
        {"sticker": {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 9}},
        {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
    ],
)
async def test_40_a_flood_of_what_is_no_text_gets_one_hint(
    harness: BotHarness, message: dict[str, Any]
) -> None:
    for value in message.values():
        if "width" in value:
            value |= {"height": 9, "is_animated": False, "is_video": False}
    for _ in range(5):
        await harness.say(**message)
    assert harness.answers() == [harness.context.texts("ru", "draw-words-only")]
    await harness.say(user=BORIS, **message)
    await harness.say(chat=GROUP, **message)  # in a group it is not meant for us
    pinned = {"message_id": 5, "date": 1, "chat": {"id": ANNA, "type": "private"}, "text": "x"}
    await harness.say(pinned_message=pinned)  # about the chat itself: nothing to answer
    assert len(harness.answers()) == 2


@pytest.mark.parametrize("words", ["кот:1e9", "/draw", "/dance", "x" * 501])
async def test_40_a_flood_of_one_mistake_gets_one_explanation(
    harness: BotHarness, words: str
) -> None:
    for _ in range(5):
        await harness.say(words)
    assert len(harness.answers()) == 1
    await harness.say("/draw пёс:1e8")
    assert len(harness.answers()) == 2  # another mistake is explained at once
    await harness.say(words, user=BORIS)
    assert len(harness.answers()) == 3


async def test_23_a_storm_of_taps_is_one_job_and_every_tap_is_answered(harness: BotHarness) -> None:
    await harness.say("/start")
    for _ in range(6):
        await harness.tap("try:0")
    assert len(await harness.jobs()) == 1
    assert len(harness.toasts()) == 6
    assert await sql(harness.db, "SELECT SUM(used) FROM users") == [(1,)]


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
async def test_40_a_flood_of_small_questions_keeps_no_other_chat_waiting(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_request, released = harness.telegram.make_request, asyncio.Event()

    async def hangs(bot: Bot, method: Any, timeout: int | None = None) -> Any:
        await released.wait()
        return await make_request(bot, method, timeout)

    monkeypatch.setattr(harness.telegram, "make_request", hangs)
    for number in range(MAX_QUEUED_PER_CHAT + 9):
        message = {"message_id": number, "date": 1, "chat": {"id": ANNA, "type": "private"}}
        message |= {"from": person(ANNA), "text": "/help"}
        update = Update.model_validate({"update_id": number, "message": message})
        await harness.dispatcher.feed_update(harness.bot, update)
    released.set()
    await harness.context.replies.drain()
    assert len(harness.answers()) == MAX_QUEUED_PER_CHAT
    await harness.say("/help")
    assert len(harness.answers()) == MAX_QUEUED_PER_CHAT + 1


async def test_21_in_a_group_nobody_writes_over_what_another_was_sent(harness: BotHarness) -> None:
    """A tampered program can send any data with any message of the bot."""
    await harness.say("/draw a cat", user=BORIS, chat=GROUP)
    await harness.say("/draw кот", chat=GROUP)
    first = (await harness.jobs())[0]
    shown = result_keyboard.result_keyboard(harness.context.texts, "en", first)
    before = len(harness.telegram.calls)
    forged = (f"page:{ANNA}:menu", f"set:{ANNA}:shape:wide", f"forget:{ANNA}:0", "try:0")
    for data in (*forged, "do:more:2:0", "paint:x:0"):
        await harness.tap(data, chat=GROUP, keyboard=shown)
    assert harness.toasts() == [harness.context.texts("ru", "alert-stale")] * 6
    assert len(harness.telegram.calls) == before + 6
    cancel = keyboards.status_keyboard(harness.context.texts, (await harness.jobs())[1])
    await harness.tap("cancel:2", chat=GROUP, keyboard=cancel)
    assert [job.state for job in await harness.jobs()] == ["queued", "cancelled"]
