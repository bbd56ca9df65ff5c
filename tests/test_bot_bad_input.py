"""Whatever people and programs throw at the bot: one kind answer, no harm, no flood."""

import asyncio
import logging
from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery, EditMessageMedia, SendMessage, SendPhoto
from aiogram.types import Update

from bot import keyboards, under
from bot.replies import EACH
from sandbox.entities import parse_html, utf16_length
from store.records import Notice
from tests.bot_fixtures import ADMIN, ANNA, BORIS, GROUP, Room, person
from tests.store_fixtures import sql

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


def _check_texts(room: Room) -> None:
    """All that was said is markup that Telegram can parse, and fits."""
    for call in room.telegram.calls:
        media = call.media if isinstance(call, EditMessageMedia) else None
        caption = getattr(media or call, "caption", None)
        for source, limit in ((getattr(call, "text", None), 4096), (caption, 1024)):
            if source is not None and not isinstance(call, AnswerCallbackQuery):
                text, _ = parse_html(source)
                assert 0 < utf16_length(text) <= limit


async def test_5_messages_of_4096_strange_characters_get_one_answer(room: Room) -> None:
    for letters in STRANGE.values():
        before, text = len(room.answers()), (letters * 4096)[:4096]
        await room.say(text)
        await room.say(text, chat=GROUP)  # talk among people
        await room.say(f"/draw {text}"[:4096], chat=GROUP)
        said = [call.chat_id for call in room.telegram.of(SendMessage)[before:]]
        assert said == [ANNA, GROUP], letters
    assert await room.jobs() == []
    _check_texts(room)


@pytest.mark.parametrize("kinds", [("emoji", "markup", "controls"), ("directions", "open markup")])
async def test_25_a_strange_prompt_passes_through_every_message(
    room: Room, kinds: tuple[str, ...]
) -> None:
    """From the acknowledgement to the caption and the buttons' answers, under a strange name."""
    strange = "".join(STRANGE[kind] for kind in kinds)
    prompt = (strange * 500)[:400]
    await room.say(prompt, sender={**person(ANNA), "first_name": strange})
    await room.deliver()
    job = await room.painting()
    await room.show()
    notice = Notice("notice-words-unknown", {"count": 1, "words": prompt})
    await room.finish(job, notice, notice)
    await room.deliver()
    for action in ("more", "facts", "share", "edit"):
        await room.tap(f"do:{action}:1:0")
    await room.say("/gallery")
    await room.say(f"/user {ANNA}", user=ADMIN)
    await room.say("/queue", user=ADMIN)
    assert len(room.telegram.of(SendMessage)) == 7
    assert len(room.telegram.of(SendPhoto)) == 1  # in the gallery
    _check_texts(room)


async def test_21_stale_and_forged_buttons_are_answered_and_change_nothing(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    await room.say("/draw a cat", user=BORIS, chat=GROUP)
    for data in FORGED:
        before = len(room.toasts())
        await room.tap(data)
        await room.tap(data, chat=GROUP)
        assert len(room.toasts()) == before + 2, data
    assert room.desk.texts("ru", "try-later") not in room.toasts()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    (job,) = await room.jobs()
    assert (job.user_id, job.state, job.erased) == (BORIS, "queued", False)


async def test_21_a_button_of_another_chat_or_of_an_unfinished_job_is_stale(room: Room) -> None:
    await room.say("/draw a cat", user=BORIS, chat=GROUP)
    await room.tap("cancel:1", user=BORIS, chat=GROUP - 1)
    await room.tap("do:gif:1:0", user=BORIS, chat=GROUP)
    await room.tap("do:more:1:0", user=BORIS, chat=GROUP)
    assert room.toasts() == [room.desk.texts("en", "alert-stale")] * 3
    assert (await room.jobs())[0].state == "queued"


async def test_forwarded_commands_are_nobodys_order(room: Room) -> None:
    origin = {"type": "user", "date": 1, "sender_user": person(BORIS)}
    await room.say("кот")
    for command in ("/draw пёс", "/cancel", "/forget", "/settings", "/start"):
        await room.say(command, forward_origin=origin)
        await room.say(command, chat=GROUP, forward_origin=origin)
    assert room.answers() == [room.desk.texts("ru", "command-forwarded")] * 5
    photo: dict[str, Any] = {
        "photo": [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]
    }
    for chat in (ANNA, GROUP):
        await room.say(caption="/draw кит", chat=chat, forward_origin=origin, **photo)
    assert room.answers() == [room.desk.texts("ru", "command-forwarded")] * 6
    assert [(job.prompt, job.state) for job in await room.jobs()] == [("кот", "queued")]
    await room.say("стихи о лете", forward_origin=origin)  # words can be painted, whoever's
    assert len(await room.jobs()) == 2


@pytest.mark.parametrize(
    "message",
    [
        {"sticker": {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 9}},
        {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
    ],
)
async def test_40_a_flood_of_what_is_no_text_gets_one_hint(
    room: Room, message: dict[str, Any]
) -> None:
    for value in message.values():
        if "width" in value:
            value |= {"height": 9, "is_animated": False, "is_video": False}
    for _ in range(5):
        await room.say(**message)
    assert room.answers() == [room.desk.texts("ru", "draw-words-only")]
    await room.say(user=BORIS, **message)
    await room.say(chat=GROUP, **message)  # in a group it is not meant for us
    pinned = {"message_id": 5, "date": 1, "chat": {"id": ANNA, "type": "private"}, "text": "x"}
    await room.say(pinned_message=pinned)  # about the chat itself: nothing to answer
    assert len(room.answers()) == 2


@pytest.mark.parametrize("words", ["кот:1e9", "/draw", "/dance", "x" * 501])
async def test_40_a_flood_of_one_mistake_gets_one_explanation(room: Room, words: str) -> None:
    for _ in range(5):
        await room.say(words)
    assert len(room.answers()) == 1
    await room.say("/draw пёс:1e8")
    assert len(room.answers()) == 2  # another mistake is explained at once
    await room.say(words, user=BORIS)
    assert len(room.answers()) == 3


async def test_23_a_storm_of_taps_is_one_job_and_every_tap_is_answered(room: Room) -> None:
    await room.say("/start")
    for _ in range(6):
        await room.tap("try:0")
    assert len(await room.jobs()) == 1
    assert len(room.toasts()) == 6
    assert await sql(room.db, "SELECT SUM(used) FROM users") == [(1,)]


async def test_40_a_flood_of_small_questions_keeps_no_other_chat_waiting(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.chats.SPACING_MS", 0)
    make_request, patience = room.telegram.make_request, asyncio.Event()

    async def hangs(bot: Bot, method: Any, timeout: int | None = None) -> Any:
        await patience.wait()
        return await make_request(bot, method, timeout)

    monkeypatch.setattr(room.telegram, "make_request", hangs)
    for number in range(EACH + 9):
        message = {"message_id": number, "date": 1, "chat": {"id": ANNA, "type": "private"}}
        message |= {"from": person(ANNA), "text": "/help"}
        update = Update.model_validate({"update_id": number, "message": message})
        await room.dispatcher.feed_update(room.bot, update)
    patience.set()
    await room.desk.replies.settle()
    assert len(room.answers()) == EACH
    await room.say("/help")
    assert len(room.answers()) == EACH + 1


async def test_21_in_a_group_nobody_writes_over_what_another_was_sent(room: Room) -> None:
    """A tampered program can send any data with any message of the bot."""
    await room.say("/draw a cat", user=BORIS, chat=GROUP)
    await room.say("/draw кот", chat=GROUP)
    shown = under.unfolded(room.desk.texts, "en", 1)
    before = len(room.telegram.calls)
    forged = (f"page:{ANNA}:menu", f"set:{ANNA}:shape:wide", f"forget:{ANNA}:0", "try:0")
    for data in (*forged, "do:more:2:0", "paint:x:0"):
        await room.tap(data, chat=GROUP, keyboard=shown)
    assert room.toasts() == [room.desk.texts("ru", "alert-stale")] * 6
    assert len(room.telegram.calls) == before + 6
    cancel = keyboards.cancel(room.desk.texts, "ru", 2)
    await room.tap("cancel:2", chat=GROUP, keyboard=cancel)
    assert [job.state for job in await room.jobs()] == ["queued", "cancelled"]
