"""What a picture shows, by /words, over real HTTP; and what is said of anything else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sandbox.state.chats import SandboxChat
from store.jobs import albums
from store.questions import questions
from store.questions.questions import Question
from tests.fixtures.bot import ANNA, BotHarness, engine_is_here
from tests.fixtures.image import png
from tests.fixtures.store import sql
from tests.fixtures.telegram.http import HttpHarness

CAT = [["cat", 0.61], ["pumpkin", 0.18], ["fox", 0.14], ["hamster", 0.02], ["tiger", 0.01]]


@asynccontextmanager
async def _answering(http_harness: HttpHarness, given: Any) -> AsyncIterator[list[Question]]:
    """Answer every question as an engine would; yield those that were asked."""
    asked: list[Question] = []
    await engine_is_here(http_harness.db)

    async def answer() -> None:
        while True:
            question = await questions.claim(http_harness.db)
            if question is None:
                await asyncio.sleep(0.02)
                continue
            if question.image is not None:
                assert await asyncio.to_thread(http_harness.files.read, question.image)
            asked.append(question)
            await questions.answer(http_harness.db, question, given)

    task = asyncio.create_task(answer())
    try:
        yield asked
    finally:
        task.cancel()


async def _said(http_harness: HttpHarness, chat: SandboxChat, count: int) -> str:
    await http_harness.telegram.until(lambda: len(chat.from_bot) == count, 10)
    return chat.from_bot[-1].text


@pytest.mark.thorough
async def test_79_a_picture_is_named_and_drawn_by_its_name(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    photo = telegram.say(anna, anna, "/слова", photo=png("red"))
    chat = telegram.chat(anna)
    async with _answering(http_harness, CAT) as asked:
        said = await _said(http_harness, chat, 1)
        assert said.splitlines()[1] == "▰▰▰▰▱▱ кот, 61 %"
        assert len(said.splitlines()) == 6
        telegram.tap(chat.from_bot[-1].button("named"), by=anna)
        job = await http_harness.claim()
        assert (job.prompt, job.language) == ("кот", "ru")
        await http_harness.finish(job)
        await telegram.until(lambda: any(one.kind == "photo" for one in chat.from_bot), 15)
        painted = next(one for one in chat.from_bot if one.kind == "photo")
        before = len(chat.from_bot)
        telegram.say(anna, anna, "/words", reply_to=painted)
        await _said(http_harness, chat, before + 1)
        telegram.say(anna, anna, "/words", reply_to=photo)
        await _said(http_harness, chat, before + 2)
    kept, own, again = (question.image or "" for question in asked)
    assert kept == again and kept.startswith("inputs/question-")
    assert own == f"jobs/{job.id}/{job.token}/picture.png"  # which was not downloaded


@pytest.mark.thorough
async def test_79_without_a_picture_one_sentence_says_what_to_do(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    await sql(http_harness.db, "DELETE FROM engines")
    anna = telegram.person("Anna", language="en")
    chat = telegram.chat(anna)
    telegram.say(anna, anna, "/words")
    assert "Reply to a picture" in await _said(http_harness, chat, 1)
    telegram.say(anna, anna, "/words", photo=png("red"))
    assert "server is off" in await _said(http_harness, chat, 2)
    async with _answering(http_harness, None):
        telegram.say(anna, anna, "/words", photo=png("blue"))
        assert "no words for it" in await _said(http_harness, chat, 3)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({"sticker": {"emoji": "🙂"}}, "Нужна картинка"),
        ({"video": {}}, "Нужна картинка"),
        ({"text": "привет"}, "Ответьте командой /words"),
    ],
)
async def test_79_what_is_no_picture_is_not_named(
    harness: BotHarness, shown: dict[str, Any], said: str
) -> None:
    answered = {"message_id": 5, "date": 1, "chat": {"id": ANNA, "type": "private"}}
    sizes = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
    file = {**sizes, "duration": 1, "type": "regular", "is_animated": False, "is_video": False}
    content = {k: {**file, **v} if isinstance(v, dict) else v for k, v in shown.items()}
    await harness.say("/words", reply_to_message={**answered, **content})
    (answer,) = harness.answers()
    assert said in answer


@pytest.mark.parametrize("command", ["/words", "/sticker"])
async def test_79_82_an_album_is_asked_for_one_of_its_pictures_once(
    harness: BotHarness, command: str
) -> None:
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
    for caption in (command, None):
        await harness.say(caption=caption, photo=photo, media_group_id="7")
    assert await albums.complete_albums(harness.db, -1) == []  # else it is asked for words
    (answer,) = harness.answers()
    assert "по одной картинке" in answer
