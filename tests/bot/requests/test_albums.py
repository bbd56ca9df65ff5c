"""Albums: several pictures for one painting, whatever the order in which they come."""

from pathlib import Path
from typing import Any

import pytest

from store.gallery import erasure
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, open_bot_harness
from tests.fixtures.image import png
from tests.fixtures.input import document, fetch, other_message, photo
from tests.fixtures.store import credits, sql

COLOURS = ("red", "green", "blue")
VIDEO: dict[str, Any] = {
    "video": {"file_id": "v", "file_unique_id": "u", "width": 9, "height": 9, "duration": 1}
}


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 20}


def _parts(
    harness: BotHarness, caption: str | None, count: int, album: str = "g"
) -> list[dict[str, Any]]:
    """The messages of an album in their order; the words are under the first."""
    number = next(harness.messages)
    parts = []
    for place, colour in enumerate(COLOURS[:count]):
        shown = photo(harness, f"{album}-{colour}", png(colour))
        words = {"caption": caption} if place == 0 and caption else {}
        parts.append(
            {"media_group_id": album, "message_id": number * 100 + place, **shown, **words}
        )
    return parts


async def _sent(harness: BotHarness, request: Any) -> dict[str, list[bytes]]:
    """What the pictures of a request are for, and which they are."""
    named = {
        "init": [request.init],
        "targets": [target.source for target in request.targets],
        "style": [request.style],
    }
    return {use: [harness.files.read(key) for key in keys if key] for use, keys in named.items()}


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
    harness: BotHarness, caption: str, count: int, uses: dict[str, list[bytes]]
) -> None:
    for part in _parts(harness, caption, count):
        await harness.say(**part)
    assert await fetch(harness) == count
    (job,) = await harness.jobs()
    assert (job.prompt, job.awaiting) == ("кот", False)
    assert await _sent(harness, job.request) == uses
    assert await credits(harness.db, ANNA) == 49


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
async def test_3_the_parts_of_an_album_may_come_in_any_order(
    harness: BotHarness, order: tuple[int, ...]
) -> None:
    parts = _parts(harness, "/draw кот", 3)
    for place in order:
        await harness.say(**parts[place])
    await fetch(harness)
    (job,) = await harness.jobs()
    assert await _sent(harness, job.request) == {
        "init": [RED],
        "targets": [GREEN, BLUE],
        "style": [],
    }
    assert harness.answers() == []


async def test_3_two_albums_at_once_are_two_paintings(harness: BotHarness) -> None:
    one, two = _parts(harness, "/draw кот", 2, "one"), _parts(harness, "/style пёс", 2, "two")
    for parts in zip(one, two, strict=True):
        for part in parts:
            await harness.say(**part)
    assert await fetch(harness) == 4
    first, second = [await _sent(harness, job.request) for job in await harness.jobs()]
    assert first == {"init": [RED], "targets": [GREEN], "style": []}
    assert second == {"init": [RED], "targets": [], "style": [GREEN]}


async def test_3_an_album_in_reply_to_a_picture_begins_with_that(harness: BotHarness) -> None:
    reply = other_message(**photo(harness, "a", png("white")))
    for part in _parts(harness, "/draw кот", 2):
        await harness.say(**part, **reply)
    await fetch(harness)
    (job,) = await harness.jobs()
    sent = await _sent(harness, job.request)
    assert sent == {"init": [png("white")], "targets": [RED, GREEN], "style": []}


async def test_8_parts_that_come_again_change_nothing(harness: BotHarness) -> None:
    updates = [await harness.say(**part) for part in _parts(harness, "/draw кот", 2)]
    for update in updates:
        await harness.feed({**update, "update_id": 900 + update["update_id"]})
    assert await fetch(harness) == 2
    for update in updates:
        await harness.feed(update)
    assert await fetch(harness) == 0
    assert len(await harness.jobs()) == 1


async def test_8_a_second_caption_in_an_album_makes_no_second_painting(harness: BotHarness) -> None:
    first, second = _parts(harness, "/draw кот", 2)
    await harness.say(**first)
    await harness.say(**second, caption="/like пёс")
    await fetch(harness)
    (job,) = await harness.jobs()
    assert await _sent(harness, job.request) == {"init": [RED], "targets": [GREEN], "style": []}
    assert harness.answers() == []


async def test_7_a_crash_in_the_midst_of_an_album_loses_none_of_it(
    harness: BotHarness, tmp_path: Path
) -> None:
    first, second = _parts(harness, "/draw кот", 2)
    await harness.say(**first)
    async with open_bot_harness(tmp_path) as again:
        again.telegram.files = harness.telegram.files
        await again.say(**second)
        assert await fetch(again) == 2
        (job,) = await again.jobs()
        assert (await _sent(again, job.request))["targets"] == [GREEN]


async def test_3_an_album_without_words_is_asked_for_some_once(harness: BotHarness) -> None:
    for part in _parts(harness, None, 3):
        await harness.say(**part)
    for _ in range(2):
        await harness.say(user=BORIS, media_group_id="v", **VIDEO)
    await fetch(harness)
    await harness.say(**{**_parts(harness, None, 1)[0], "message_id": 99_999})  # late
    await fetch(harness)
    assert sorted(harness.answers()) == sorted(
        [
            harness.context.texts("ru", "picture-words"),
            harness.context.texts("en", "draw-words-only"),
        ]
    )
    assert await harness.jobs() == []


async def test_3_words_that_come_after_they_were_asked_for_still_find_their_album(
    harness: BotHarness,
) -> None:
    first, second = _parts(harness, "/draw кот", 2)
    await harness.say(**second)
    await fetch(harness)
    assert harness.answers() == [harness.context.texts("ru", "picture-words")]
    await harness.say(**first)
    assert await fetch(harness) == 2
    (job,) = await harness.jobs()
    assert await _sent(harness, job.request) == {"init": [RED], "targets": [GREEN], "style": []}
    assert not job.awaiting


async def test_3_an_album_with_a_video_is_declined_and_paid_back(harness: BotHarness) -> None:
    (part,) = _parts(harness, "/draw кот", 1)
    await harness.say(**part)
    await harness.say(media_group_id="g", **VIDEO)
    assert await fetch(harness) == 0
    (job,) = await harness.jobs()
    assert (job.state, job.error and job.error.key) == ("failed", "input-not-only")
    assert await credits(harness.db, ANNA) == 50
    assert await harness.deliver() == ["ack", "sorry"]
    assert await sql(harness.db, "SELECT * FROM alerts") == []  # nothing is broken


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_3_a_video_with_the_words_is_answered_once_for_the_whole_album(
    harness: BotHarness, order: tuple[int, int]
) -> None:
    messages: list[dict[str, Any]] = [{"caption": "/draw кот", **VIDEO}, photo(harness, "a")]
    for place in order:
        await harness.say(media_group_id="g", **messages[place])
    await fetch(harness)
    assert harness.answers() == [harness.context.texts("ru", "draw-not-picture")]
    assert await harness.jobs() == []


async def test_3_more_pictures_than_there_is_a_use_for_are_told_and_paid_back(
    harness: BotHarness,
) -> None:
    for part in _parts(harness, "/style кот", 3):
        await harness.say(**part)
    for place in range(10):
        words: dict[str, Any] = {} if place else {"caption": "/like пёс"}
        await harness.say(media_group_id="ten", **document(harness, f"{place}.png"), **words)
    assert await fetch(harness) == 0
    errors = [
        (job.error.key, job.error.values["count"]) for job in await harness.jobs() if job.error
    ]
    assert errors == [("request-styles", 3), ("request-targets", 10)]
    assert await credits(harness.db, ANNA) == 50


async def test_a_refused_album_gets_one_answer(harness: BotHarness) -> None:
    await sql(harness.db, "INSERT INTO rules (name, value) VALUES ('daily_credits', '0')")
    for part in _parts(harness, "/draw кот", 3):
        await harness.say(**part)
    for part in _parts(harness, "/draw " + "x" * 501, 2, "long"):
        await harness.say(**part)
    await fetch(harness)
    assert len(harness.answers()) == 2
    assert await harness.jobs() == []


async def test_an_album_that_is_cancelled_while_it_comes_stays_cancelled(
    harness: BotHarness,
) -> None:
    first, second = _parts(harness, "/draw кот", 2)
    await harness.say(**first)
    await harness.tap("cancel:1")
    await harness.say(**second)
    assert await fetch(harness) == 0
    assert [job.state for job in await harness.jobs()] == ["cancelled"]


async def test_a_groups_album_with_a_command_is_painted(harness: BotHarness) -> None:
    """Where the bot sees all messages; with privacy mode on it sees the one with the words."""
    for part in _parts(harness, "/draw кот", 2):
        await harness.say(chat=GROUP, **part)
    assert await fetch(harness) == 2
    (job,) = await harness.jobs()
    assert len(job.request.sources) == 2


async def test_what_is_kept_of_albums_is_forgotten(harness: BotHarness) -> None:
    first, second, third = _parts(harness, "/draw кот", 3)
    await harness.say(**second)  # belongs to nothing yet
    await harness.say(**first)
    await erasure.forget_user(harness.db, ANNA)
    assert await sql(harness.db, "SELECT * FROM album_parts") == []
    await harness.say(**third)
    assert await fetch(harness) == 0
    assert [job.state for job in await harness.jobs()] == ["cancelled"]
