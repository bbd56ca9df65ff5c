"""Albums: several pictures for one painting, whatever the order in which they come."""

from pathlib import Path
from typing import Any

import pytest

from store import forgetting
from tests.bot_fixtures import ANNA, BORIS, GROUP, Room, opened_room
from tests.image_fixtures import png
from tests.input_fixtures import document, fetch, other_message, photo
from tests.store_fixtures import credits, sql

COLOURS = ("red", "green", "blue")
VIDEO: dict[str, Any] = {
    "video": {"file_id": "v", "file_unique_id": "u", "width": 9, "height": 9, "duration": 1}
}


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 20}


def _parts(room: Room, caption: str | None, count: int, album: str = "g") -> list[dict[str, Any]]:
    """The messages of an album in their order; the words are under the first."""
    number = next(room.messages)
    parts = []
    for place, colour in enumerate(COLOURS[:count]):
        shown = photo(room, f"{album}-{colour}", png(colour))
        words = {"caption": caption} if place == 0 and caption else {}
        parts.append(
            {"media_group_id": album, "message_id": number * 100 + place, **shown, **words}
        )
    return parts


async def _sent(room: Room, request: Any) -> dict[str, list[bytes]]:
    """What the pictures of a request are for, and which they are."""
    named = {
        "init": [request.init],
        "targets": [target.source for target in request.targets],
        "style": [request.style],
    }
    return {use: [room.files.read(key) for key in keys if key] for use, keys in named.items()}


RED, GREEN, BLUE = map(png, COLOURS)


@pytest.mark.parametrize(
    ("caption", "count", "uses"),
    [
        ("/draw кот", 3, {"init": [RED], "targets": [GREEN, BLUE], "style": []}),
        ("кот", 2, {"init": [RED], "targets": [GREEN], "style": []}),
        ("/like кот", 3, {"init": [], "targets": [RED, GREEN, BLUE], "style": []}),
        ("/style кот", 2, {"init": [RED], "targets": [], "style": [GREEN]}),
        ("/style кот", 1, {"init": [], "targets": [], "style": [RED]}),
    ],
)
async def test_3_an_album_is_one_painting_and_its_order_says_what_each_picture_is_for(
    room: Room, caption: str, count: int, uses: dict[str, list[bytes]]
) -> None:
    for part in _parts(room, caption, count):
        await room.say(**part)
    assert await fetch(room) == count
    (job,) = await room.jobs()
    assert (job.prompt, job.awaiting) == ("кот", False)
    assert await _sent(room, job.request) == uses
    assert await credits(room.db, ANNA) == 49


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
async def test_3_the_parts_of_an_album_may_come_in_any_order(
    room: Room, order: tuple[int, ...]
) -> None:
    parts = _parts(room, "/draw кот", 3)
    for place in order:
        await room.say(**parts[place])
    await fetch(room)
    (job,) = await room.jobs()
    assert await _sent(room, job.request) == {"init": [RED], "targets": [GREEN, BLUE], "style": []}
    assert room.answers() == []


async def test_3_two_albums_at_once_are_two_paintings(room: Room) -> None:
    one, two = _parts(room, "/draw кот", 2, "one"), _parts(room, "/style пёс", 2, "two")
    for parts in zip(one, two, strict=True):
        for part in parts:
            await room.say(**part)
    assert await fetch(room) == 4
    first, second = [await _sent(room, job.request) for job in await room.jobs()]
    assert first == {"init": [RED], "targets": [GREEN], "style": []}
    assert second == {"init": [RED], "targets": [], "style": [GREEN]}


async def test_3_an_album_in_reply_to_a_picture_begins_with_that(room: Room) -> None:
    reply = other_message(**photo(room, "a", png("white")))
    for part in _parts(room, "/draw кот", 2):
        await room.say(**part, **reply)
    await fetch(room)
    (job,) = await room.jobs()
    sent = await _sent(room, job.request)
    assert sent == {"init": [png("white")], "targets": [RED, GREEN], "style": []}


async def test_8_parts_that_come_again_change_nothing(room: Room) -> None:
    updates = [await room.say(**part) for part in _parts(room, "/draw кот", 2)]
    for update in updates:
        await room.feed({**update, "update_id": 900 + update["update_id"]})
    assert await fetch(room) == 2
    for update in updates:
        await room.feed(update)
    assert await fetch(room) == 0
    assert len(await room.jobs()) == 1


async def test_8_a_second_caption_in_an_album_makes_no_second_painting(room: Room) -> None:
    first, second = _parts(room, "/draw кот", 2)
    await room.say(**first)
    await room.say(**second, caption="/like пёс")
    await fetch(room)
    (job,) = await room.jobs()
    assert await _sent(room, job.request) == {"init": [RED], "targets": [GREEN], "style": []}
    assert room.answers() == []


async def test_7_a_crash_in_the_midst_of_an_album_loses_none_of_it(
    room: Room, tmp_path: Path
) -> None:
    first, second = _parts(room, "/draw кот", 2)
    await room.say(**first)
    async with opened_room(tmp_path) as again:
        again.telegram.files = room.telegram.files
        await again.say(**second)
        assert await fetch(again) == 2
        (job,) = await again.jobs()
        assert (await _sent(again, job.request))["targets"] == [GREEN]


async def test_3_an_album_without_words_is_asked_for_some_once(room: Room) -> None:
    for part in _parts(room, None, 3):
        await room.say(**part)
    for _ in range(2):
        await room.say(user=BORIS, media_group_id="v", **VIDEO)
    await fetch(room)
    await room.say(**{**_parts(room, None, 1)[0], "message_id": 99_999})  # late
    await fetch(room)
    assert sorted(room.answers()) == sorted(
        [room.desk.texts("ru", "picture-words"), room.desk.texts("en", "draw-words-only")]
    )
    assert await room.jobs() == []


async def test_3_words_that_come_after_they_were_asked_for_still_find_their_album(
    room: Room,
) -> None:
    first, second = _parts(room, "/draw кот", 2)
    await room.say(**second)
    await fetch(room)
    assert room.answers() == [room.desk.texts("ru", "picture-words")]
    await room.say(**first)
    assert await fetch(room) == 2
    (job,) = await room.jobs()
    assert await _sent(room, job.request) == {"init": [RED], "targets": [GREEN], "style": []}
    assert not job.awaiting


async def test_3_an_album_with_a_video_is_declined_and_paid_back(room: Room) -> None:
    (part,) = _parts(room, "/draw кот", 1)
    await room.say(**part)
    await room.say(media_group_id="g", **VIDEO)
    assert await fetch(room) == 0
    (job,) = await room.jobs()
    assert (job.state, job.error and job.error.key) == ("failed", "input-not-only")
    assert await credits(room.db, ANNA) == 50
    assert await room.deliver() == ["ack", "sorry"]
    assert await sql(room.db, "SELECT * FROM alerts") == []  # nothing is broken


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_3_a_video_with_the_words_is_answered_once_for_the_whole_album(
    room: Room, order: tuple[int, int]
) -> None:
    messages: list[dict[str, Any]] = [{"caption": "/draw кот", **VIDEO}, photo(room, "a")]
    for place in order:
        await room.say(media_group_id="g", **messages[place])
    await fetch(room)
    assert room.answers() == [room.desk.texts("ru", "draw-not-picture")]
    assert await room.jobs() == []


async def test_3_more_pictures_than_there_is_a_use_for_are_told_and_paid_back(room: Room) -> None:
    for part in _parts(room, "/style кот", 3):
        await room.say(**part)
    for place in range(10):
        words: dict[str, Any] = {} if place else {"caption": "/like пёс"}
        await room.say(media_group_id="ten", **document(room, f"{place}.png"), **words)
    assert await fetch(room) == 0
    errors = [(job.error.key, job.error.values["count"]) for job in await room.jobs() if job.error]
    assert errors == [("request-styles", 3), ("request-targets", 10)]
    assert await credits(room.db, ANNA) == 50


async def test_a_refused_album_gets_one_answer(room: Room) -> None:
    await sql(room.db, "INSERT INTO rules (name, value) VALUES ('daily_credits', '0')")
    for part in _parts(room, "/draw кот", 3):
        await room.say(**part)
    for part in _parts(room, "/draw " + "x" * 501, 2, "long"):
        await room.say(**part)
    await fetch(room)
    assert len(room.answers()) == 2
    assert await room.jobs() == []


async def test_an_album_that_is_cancelled_while_it_comes_stays_cancelled(room: Room) -> None:
    first, second = _parts(room, "/draw кот", 2)
    await room.say(**first)
    await room.tap("cancel:1")
    await room.say(**second)
    assert await fetch(room) == 0
    assert [job.state for job in await room.jobs()] == ["cancelled"]


async def test_a_groups_album_with_a_command_is_painted(room: Room) -> None:
    """Where the bot sees all messages; with privacy mode on it sees the one with the words."""
    for part in _parts(room, "/draw кот", 2):
        await room.say(chat=GROUP, **part)
    assert await fetch(room) == 2
    (job,) = await room.jobs()
    assert len(job.request.sources) == 2


async def test_what_is_kept_of_albums_is_forgotten(room: Room) -> None:
    first, second, third = _parts(room, "/draw кот", 3)
    await room.say(**second)  # belongs to nothing yet
    await room.say(**first)
    await forgetting.forget(room.db, ANNA)
    assert await sql(room.db, "SELECT * FROM album_parts") == []
    await room.say(**third)
    assert await fetch(room) == 0
    assert [job.state for job in await room.jobs()] == ["cancelled"]
