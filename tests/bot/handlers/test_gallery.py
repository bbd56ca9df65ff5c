"""One's own pictures: turned over, sent again, shared in other chats and as recipes."""

from typing import Any

import pytest
from aiogram.methods import (
    AnswerInlineQuery,
    EditMessageMedia,
    EditMessageReplyMarkup,
    SendMessage,
    SendPhoto,
)

from bot.handlers.inline import MAX_RESULTS
from store.gallery import shared_links
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, buttons
from tests.fixtures.store import found, sql


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 10}


async def _paint(
    harness: BotHarness, *prompts: str, user: int = ANNA, chat: int | None = None
) -> None:
    for prompt in prompts:
        await harness.say(f"/draw {prompt}", user=user, chat=chat)
        await harness.finish(await harness.painting())
        await harness.deliver()
    harness.telegram.calls.clear()


async def _file_id(harness: BotHarness, job_id: int) -> str:
    query = "SELECT file_id FROM outbox WHERE kind = 'picture' AND job_id = :job"
    [(file_id,)] = await sql(harness.db, query, job=job_id)
    return str(file_id)


async def test_32_the_gallery_turns_over_ones_own_pictures_by_file_id(harness: BotHarness) -> None:
    await _paint(harness, "кот", "пёс", "сова")
    await _paint(harness, "a whale", user=BORIS)
    await harness.say("/gallery")
    (page,) = harness.telegram.of(SendPhoto)
    assert page.photo == await _file_id(harness, 3)
    assert "сова" in (page.caption or "")
    assert "1 из 3" in (page.caption or "")
    assert "leaf:2" in buttons(page).values()
    await harness.tap("leaf:2")
    middle = harness.telegram.of(EditMessageMedia)[-1]
    media: Any = middle.media
    assert media.media == await _file_id(harness, 2)
    assert {"leaf:3", "leaf:1"} <= set(buttons(middle).values())
    await harness.tap("leaf:1")
    oldest = buttons(harness.telegram.of(EditMessageMedia)[-1])
    assert [data for data in oldest.values() if data.startswith("leaf")] == ["leaf:2"]


async def test_32_a_picture_is_sent_again_by_its_id_after_its_files_are_gone(
    harness: BotHarness,
) -> None:
    await _paint(harness, "кот")
    harness.files.delete("jobs/1")
    await harness.tap("send:1")
    (sent,) = harness.telegram.of(SendPhoto)
    assert sent.photo == await _file_id(harness, 1)
    assert "<code>12345</code>" in (sent.caption or "")
    assert "do:again:1:0" in buttons(sent).values()


async def test_the_gallery_shows_nobody_elses_picture_and_skips_what_is_gone(
    harness: BotHarness,
) -> None:
    await _paint(harness, "кот", "пёс", "сова")
    await harness.tap("leaf:2", user=BORIS)
    await harness.tap("send:2", user=BORIS)
    assert harness.toasts() == [
        harness.context.texts("en", "gallery-empty"),
        harness.context.texts("en", "alert-erased"),
    ]
    await harness.tap("do:delete:2:0")
    await harness.tap("leaf:2")
    media: Any = harness.telegram.of(EditMessageMedia)[-1].media
    assert media.media == await _file_id(harness, 1)
    assert "2 из 2" in media.caption


async def test_a_picture_whose_id_is_not_known_is_uploaded(harness: BotHarness) -> None:
    await _paint(harness, "кот")
    await sql(harness.db, "UPDATE outbox SET file_id = NULL")
    await harness.say("/gallery")
    (page,) = harness.telegram.of(SendPhoto)
    photo: Any = page.photo
    assert photo.data == b"picture.png"


async def test_in_a_group_the_gallery_is_only_pointed_to(harness: BotHarness) -> None:
    await _paint(harness, "кот")
    await harness.say("/gallery", chat=GROUP)
    assert harness.telegram.of(SendPhoto) == []
    answer = harness.telegram.of(SendMessage)[-1]
    assert list(buttons(answer).values()) == ["https://t.me/mazok_bot?start=gallery"]
    await harness.say("/start gallery")
    assert len(harness.telegram.of(SendPhoto)) == 1
    await harness.say("/gallery", user=BORIS)
    assert harness.answers()[-1] == harness.context.texts("en", "gallery-empty")


async def test_the_buttons_of_a_picture_from_a_group_work_in_the_gallery(
    harness: BotHarness,
) -> None:
    await _paint(harness, "кот", chat=GROUP)
    await harness.tap("send:1")
    await harness.tap("do:again:1:0")  # in the private chat
    _, again = await harness.jobs()
    assert (again.chat_id, again.chat_type) == (ANNA, "private")


async def test_inline_offers_ones_own_pictures_and_looks_for_words(harness: BotHarness) -> None:
    await _paint(harness, "Красный кот", "пёс")
    await _paint(harness, "a cat", user=BORIS)
    for text in ("", "красный КОТ", "#2", "#3"):  # the last is Boris's
        await harness.inquire(text)
        await harness.dispatcher["asking"].drain()
    everything, words, number, foreign = harness.telegram.of(AnswerInlineQuery)
    found = [[one.id for one in call.results] for call in (everything, words, number, foreign)]
    assert found == [["2", "1"], ["1"], ["2"], []]
    first: Any = words.results[0]
    assert (first.photo_file_id, first.caption) == (await _file_id(harness, 1), "«Красный кот»")
    assert everything.is_personal
    assert foreign.button is not None
    assert foreign.button.text == harness.context.texts("ru", "inline-none")


async def test_inline_gives_many_pictures_in_portions(harness: BotHarness) -> None:
    await _paint(harness, "кот")
    columns = "user_id, chat_id, message_id, chat_type, language, request, prompt, state, rank, "
    columns += "price, created_ms, updated_ms, result"
    for number in range(MAX_RESULTS):
        await sql(
            harness.db,
            f"INSERT INTO jobs (request_key, {columns}) SELECT :key, {columns} FROM jobs LIMIT 1",
            key=f"copy:{number}",
        )
    await sql(
        harness.db,
        "INSERT INTO outbox (job_id, chat_id, kind, state, due_ms, created_ms, file_id, file_kind)"
        " SELECT id, chat_id, 'picture', 'sent', 0, 0, 'f', 'photo' FROM jobs WHERE id > 1",
    )
    await harness.inquire()
    first = harness.telegram.of(AnswerInlineQuery)[-1]
    assert (len(first.results), first.next_offset) == (MAX_RESULTS, str(MAX_RESULTS))
    await harness.inquire(offset=first.next_offset or "")
    second = harness.telegram.of(AnswerInlineQuery)[-1]
    assert ([one.id for one in second.results], second.next_offset) == (["1"], "")


async def test_a_shared_recipe_is_painted_by_whoever_opens_its_link(harness: BotHarness) -> None:
    await _paint(harness, "кот")
    await harness.tap("do:share:1:0")
    await harness.tap("do:share:1:0")  # the link stays the same
    first, second = [text for text in harness.answers() if "start=" in text]
    assert first == second
    word = first.partition("start=")[2].strip()
    assert len(word) <= 64
    assert list(buttons(harness.telegram.of(SendMessage)[-1]).values()) == ["#1"]
    await harness.say(f"/start {word}", user=BORIS)
    recipe = harness.telegram.of(SendMessage)[-1]
    assert "кот\nseed: 12345" in recipe.text
    (data,) = buttons(recipe).values()
    assert len(data.encode()) <= 64
    await harness.tap(data, user=BORIS)
    await harness.tap(data, user=BORIS)  # a double tap
    shared, repeated = await harness.jobs()
    assert (repeated.user_id, repeated.chat_id) == (BORIS, BORIS)
    assert repeated.request == shared.request  # the seed too
    (later,) = buttons(harness.telegram.of(EditMessageReplyMarkup)[-1]).values()
    await harness.tap(later, user=BORIS)
    assert len(await harness.jobs()) == 3


async def test_a_recipe_keeps_the_pictures_that_it_started_from(harness: BotHarness) -> None:
    await _paint(harness, "кот")
    await harness.tap("do:vary:1:0")
    await harness.finish(await harness.painting())
    token = await shared_links.create_link(harness.db, 2)
    await harness.say(f"/start {token}", user=BORIS)
    assert harness.context.texts("en", "recipe-without-pictures") in harness.answers()[-1]
    await harness.tap(f"paint:{token}:0", user=BORIS)
    assert (await found(harness.db, 2)).request.init is not None
    assert (await found(harness.db, 3)).request.init is None


async def test_a_recipe_that_is_no_more_is_named_so(harness: BotHarness) -> None:
    await _paint(harness, "кот")
    token = await shared_links.create_link(harness.db, 1)
    await harness.tap("do:delete:1:0")
    await harness.say(f"/start {token}", user=BORIS)
    await harness.say("/start AbCdEfGhIjK", user=BORIS)
    gone = harness.context.texts("en", "recipe-gone")
    assert harness.answers()[-2:] == [gone, gone]
    await harness.tap(f"paint:{token}:0", user=BORIS)
    assert harness.toasts()[-1] == gone
    assert len(await harness.jobs()) == 1
