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

from bot.handlers.inline import AT_ONCE
from store import recipes
from tests.bot_fixtures import ANNA, BORIS, GROUP, Room, buttons
from tests.store_fixtures import found, sql


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 10}


async def _paint(room: Room, *prompts: str, user: int = ANNA, chat: int | None = None) -> None:
    for prompt in prompts:
        await room.say(f"/draw {prompt}", user=user, chat=chat)
        await room.finish(await room.painting())
        await room.deliver()


async def _file_id(room: Room, job_id: int) -> str:
    query = "SELECT file_id FROM outbox WHERE kind = 'picture' AND job_id = :job"
    [(file_id,)] = await sql(room.db, query, job=job_id)
    return str(file_id)


async def test_32_the_gallery_turns_over_ones_own_pictures_by_file_id(room: Room) -> None:
    await _paint(room, "кот", "пёс", "сова")
    await _paint(room, "a whale", user=BORIS)
    await room.say("/gallery")
    (page,) = room.telegram.of(SendPhoto)
    assert page.photo == await _file_id(room, 3)
    assert "сова" in (page.caption or "")
    assert "1 из 3" in (page.caption or "")
    assert "leaf:2" in buttons(page).values()
    await room.tap("leaf:2")
    middle = room.telegram.of(EditMessageMedia)[-1]
    media: Any = middle.media
    assert media.media == await _file_id(room, 2)
    assert {"leaf:3", "leaf:1"} <= set(buttons(middle).values())
    await room.tap("leaf:1")
    oldest = buttons(room.telegram.of(EditMessageMedia)[-1])
    assert [data for data in oldest.values() if data.startswith("leaf")] == ["leaf:2"]


async def test_32_a_picture_is_sent_again_by_its_id_after_its_files_are_gone(room: Room) -> None:
    await _paint(room, "кот")
    room.files.delete("jobs/1")
    await room.tap("send:1")
    (sent,) = room.telegram.of(SendPhoto)
    assert sent.photo == await _file_id(room, 1)
    assert "<code>12345</code>" in (sent.caption or "")
    assert "do:again:1:0" in buttons(sent).values()


async def test_the_gallery_shows_nobody_elses_picture_and_skips_what_is_gone(room: Room) -> None:
    await _paint(room, "кот", "пёс", "сова")
    await room.tap("leaf:2", user=BORIS)
    await room.tap("send:2", user=BORIS)
    assert room.toasts() == [
        room.desk.texts("en", "gallery-empty"),
        room.desk.texts("en", "alert-erased"),
    ]
    await room.tap("do:delete:2:0")
    await room.tap("leaf:2")
    media: Any = room.telegram.of(EditMessageMedia)[-1].media
    assert media.media == await _file_id(room, 1)
    assert "2 из 2" in media.caption


async def test_a_picture_whose_id_is_not_known_is_uploaded(room: Room) -> None:
    await _paint(room, "кот")
    await sql(room.db, "UPDATE outbox SET file_id = NULL")
    await room.say("/gallery")
    (page,) = room.telegram.of(SendPhoto)
    photo: Any = page.photo
    assert photo.data == b"picture.png"


async def test_in_a_group_the_gallery_is_only_pointed_to(room: Room) -> None:
    await _paint(room, "кот")
    await room.say("/gallery", chat=GROUP)
    assert room.telegram.of(SendPhoto) == []
    answer = room.telegram.of(SendMessage)[-1]
    assert list(buttons(answer).values()) == ["https://t.me/mazok_bot?start=gallery"]
    await room.say("/start gallery")
    assert len(room.telegram.of(SendPhoto)) == 1
    await room.say("/gallery", user=BORIS)
    assert room.answers()[-1] == room.desk.texts("en", "gallery-empty")


async def test_the_buttons_of_a_picture_from_a_group_work_in_the_gallery(room: Room) -> None:
    await _paint(room, "кот", chat=GROUP)
    await room.tap("send:1")
    await room.tap("do:again:1:0")  # in the private chat
    _, again = await room.jobs()
    assert (again.chat_id, again.chat_type) == (ANNA, "private")


async def test_inline_offers_ones_own_pictures_and_looks_for_words(room: Room) -> None:
    await _paint(room, "Красный кот", "пёс")
    await _paint(room, "a cat", user=BORIS)
    await room.inquire()
    await room.inquire("красный КОТ")
    await room.inquire("#2")
    await room.inquire("#3")  # Boris's
    everything, words, number, foreign = room.telegram.of(AnswerInlineQuery)
    found = [[one.id for one in call.results] for call in (everything, words, number, foreign)]
    assert found == [["2", "1"], ["1"], ["2"], []]
    first: Any = words.results[0]
    assert (first.photo_file_id, first.caption) == (await _file_id(room, 1), "«Красный кот»")
    assert everything.is_personal
    assert foreign.button is not None
    assert foreign.button.text == room.desk.texts("ru", "inline-none")


async def test_inline_gives_many_pictures_in_portions(room: Room) -> None:
    await _paint(room, "кот")
    columns = "user_id, chat_id, message_id, chat_type, language, request, prompt, state, rank, "
    columns += "price, created_ms, updated_ms, result"
    for number in range(AT_ONCE):
        await sql(
            room.db,
            f"INSERT INTO jobs (request_key, {columns}) SELECT :key, {columns} FROM jobs LIMIT 1",
            key=f"copy:{number}",
        )
    await sql(
        room.db,
        "INSERT INTO outbox (job_id, chat_id, kind, state, due_ms, created_ms, file_id, file_kind)"
        " SELECT id, chat_id, 'picture', 'sent', 0, 0, 'f', 'photo' FROM jobs WHERE id > 1",
    )
    await room.inquire()
    first = room.telegram.of(AnswerInlineQuery)[-1]
    assert (len(first.results), first.next_offset) == (AT_ONCE, str(AT_ONCE))
    await room.inquire(offset=first.next_offset or "")
    second = room.telegram.of(AnswerInlineQuery)[-1]
    assert ([one.id for one in second.results], second.next_offset) == (["1"], "")


async def test_a_shared_recipe_is_painted_by_whoever_opens_its_link(room: Room) -> None:
    await _paint(room, "кот")
    await room.tap("do:share:1:0")
    await room.tap("do:share:1:0")  # the link stays the same
    first, second = [text for text in room.answers() if "start=" in text]
    assert first == second
    word = first.partition("start=")[2].strip()
    assert len(word) <= 64
    assert list(buttons(room.telegram.of(SendMessage)[-1]).values()) == ["#1"]
    await room.say(f"/start {word}", user=BORIS)
    recipe = room.telegram.of(SendMessage)[-1]
    assert "кот\nseed: 12345" in recipe.text
    (data,) = buttons(recipe).values()
    assert len(data.encode()) <= 64
    await room.tap(data, user=BORIS)
    await room.tap(data, user=BORIS)  # a double tap
    shared, repeated = await room.jobs()
    assert (repeated.user_id, repeated.chat_id) == (BORIS, BORIS)
    assert repeated.request == shared.request  # the seed too
    (later,) = buttons(room.telegram.of(EditMessageReplyMarkup)[-1]).values()
    await room.tap(later, user=BORIS)
    assert len(await room.jobs()) == 3


async def test_a_recipe_keeps_the_pictures_that_it_started_from(room: Room) -> None:
    await _paint(room, "кот")
    await room.tap("do:vary:1:0")
    await room.finish(await room.painting())
    token = await recipes.share(room.db, 2)
    await room.say(f"/start {token}", user=BORIS)
    assert room.desk.texts("en", "recipe-without-pictures") in room.answers()[-1]
    await room.tap(f"paint:{token}:0", user=BORIS)
    assert (await found(room.db, 2)).request.init is not None
    assert (await found(room.db, 3)).request.init is None


async def test_a_recipe_that_is_no_more_is_named_so(room: Room) -> None:
    await _paint(room, "кот")
    token = await recipes.share(room.db, 1)
    await room.tap("do:delete:1:0")
    await room.say(f"/start {token}", user=BORIS)
    await room.say("/start nonsense", user=BORIS)
    gone = room.desk.texts("en", "recipe-gone")
    assert room.answers()[-2:] == [gone, gone]
    await room.tap(f"paint:{token}:0", user=BORIS)
    assert room.toasts()[-1] == gone
    assert len(await room.jobs()) == 1
