"""Pictures that people send: what they are for, and how they reach the painter."""

from typing import Any

import pytest

from store import jobs
from store.request.image_refs import ImageTarget
from tests.fixtures.bot import ANNA, BORIS, GROUP, KEY, BotHarness
from tests.fixtures.image import png
from tests.fixtures.input import document, fetch, other_message, photo, the_bots
from tests.fixtures.store import claimed, credits, found, sql


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 20}


async def test_3_draw_in_reply_to_a_photo_starts_from_it(harness: BotHarness) -> None:
    reply = other_message(**photo(harness, "cat", png("green")))
    for chat in (ANNA, GROUP):
        await harness.say("/draw зимой", chat=chat, **reply)
    await harness.say("зимой", **reply)  # in private the words alone will do
    await harness.say("/draw зимой", **other_message(**document(harness, "a.png", png("blue"))))
    await fetch(harness)
    starts = []
    for job in await harness.jobs():
        assert (job.prompt, job.request.targets, job.request.style) == ("зимой", (), None)
        assert job.request.init is not None
        starts.append(harness.files.read(job.request.init))
    assert starts == [png("green")] * 3 + [png("blue")]


async def test_3_a_picture_with_a_caption_starts_the_painting(harness: BotHarness) -> None:
    await harness.say(caption="/draw зимой", chat=GROUP, **photo(harness, "a"))
    await harness.say(caption="/draw@mazok_bot зимой", **document(harness, "b.png"))
    await harness.say(caption="зимой", **photo(harness, "c"))
    unnamed = document(harness, "d.jpg", kind=None)
    await harness.say(caption="зимой", **unnamed)
    assert await fetch(harness) == 4
    painted = await harness.jobs()
    assert [job.prompt for job in painted] == ["зимой"] * 4
    assert len({job.request.init for job in painted}) == 4


async def test_3_like_and_style_take_the_picture_for_a_target_or_for_its_look(
    harness: BotHarness,
) -> None:
    await harness.say(caption="/like зимой", **photo(harness, "a"))
    await harness.say("/style зимой", **other_message(**photo(harness, "b")))
    like, style = [job.request for job in await harness.jobs()]
    assert like.targets == (ImageTarget(like.sources[0]),)
    assert (like.init, like.style, style.init, style.targets) == (None, None, None, ())
    assert style.style == style.sources[0]


async def test_3_a_picture_in_reply_to_a_picture_makes_two(harness: BotHarness) -> None:
    reply = other_message(**photo(harness, "room", png("green")))
    await harness.say(caption="/style зимой", **photo(harness, "look", png("blue")), **reply)
    await fetch(harness)
    (job,) = await harness.jobs()
    assert job.request.init is not None
    assert job.request.style is not None
    files = [harness.files.read(key) for key in (job.request.init, job.request.style)]
    assert files == [png("green"), png("blue")]


async def test_3_the_bots_own_picture_is_a_start_too(harness: BotHarness) -> None:
    own = the_bots(**photo(harness, "own"), caption="«кот»\nзерно 5")
    await harness.say("/draw зимой", **own)
    await harness.say("/draw", **own)  # its caption is no request
    (job,) = await harness.jobs()
    assert (job.prompt, len(job.request.sources)) == ("зимой", 1)
    assert harness.answers() == [harness.context.texts("ru", "picture-words")]


async def test_3_a_photos_own_words_are_used_where_the_reply_has_none(harness: BotHarness) -> None:
    anna = {"id": BORIS, "is_bot": False, "first_name": "B"}
    shown: dict[str, Any] = photo(harness, "a")
    await harness.say("/draw", chat=GROUP, **other_message(author=anna, caption="наш кот", **shown))
    await harness.say("/draw", chat=GROUP, **other_message(author=anna, caption="/draw x", **shown))
    await harness.say("/draw", chat=GROUP, **other_message(author=anna, caption="/draw", **shown))
    assert [job.prompt for job in await harness.jobs()] == ["наш кот", "x"]
    assert harness.answers() == [harness.context.texts("ru", "picture-words")]


@pytest.mark.parametrize("chat", [ANNA, GROUP])
async def test_2_what_is_missing_is_asked_for(harness: BotHarness, chat: int) -> None:
    await harness.say("/draw", chat=chat, **other_message(**photo(harness, "a")))
    await harness.say("/like кот", chat=chat)
    await harness.say("/style кот", chat=chat, **other_message(text="сова"))
    assert harness.answers() == [
        harness.context.texts("ru", key) for key in ("picture-words", "like-empty", "style-empty")
    ]
    await harness.say(chat=chat, **photo(harness, "b"))
    assert len(harness.answers()) == (4 if chat == ANNA else 3)  # in a group nobody was asked
    assert await harness.jobs() == []


async def test_50_photos_in_a_group_are_its_own_affair(harness: BotHarness) -> None:
    await harness.say(chat=GROUP, caption="наш кот", **photo(harness, "a"))
    await harness.say(chat=GROUP, caption="наш кот", media_group_id="g", **photo(harness, "b"))
    await harness.say(chat=GROUP, media_group_id="g", **photo(harness, "c"))
    assert await fetch(harness) == 0
    assert harness.telegram.calls == []
    tables = ("jobs", "users", "album_parts")
    assert [await sql(harness.db, f"SELECT * FROM {table}") for table in tables] == [[], [], []]


FILE = {"file_id": "f", "file_unique_id": "u"}
SIDES = {**FILE, "width": 9, "height": 9, "duration": 1}
STICKER = {**FILE, "width": 9, "height": 9, "type": "regular"}
NO_PICTURES: list[dict[str, Any]] = [
    {"sticker": {**STICKER, "is_animated": False, "is_video": False}},
    {"video": SIDES},
    {"animation": SIDES, "document": {**FILE, "mime_type": "video/mp4"}},
    {"voice": {**FILE, "duration": 1}},
    {"document": {**FILE, "mime_type": "application/pdf", "file_name": "a.pdf"}},
    {"document": {**FILE}},
]


@pytest.mark.parametrize("content", NO_PICTURES)
async def test_3_what_is_no_picture_gets_one_kind_sentence(
    harness: BotHarness, content: dict[str, Any]
) -> None:
    for text in ("/draw кот", "/like кот", "/style"):
        await harness.say(text, chat=GROUP, **other_message(**content))
    if "sticker" not in content:
        await harness.say(caption="/draw кита", chat=GROUP, **content)
    answers = harness.answers()
    assert set(answers) == {harness.context.texts("ru", "draw-not-picture")}
    assert len(answers) == (3 if "sticker" in content else 4)
    await harness.say("кот", **other_message(**content))  # nobody asked to paint from that
    assert [job.request.sources for job in await harness.jobs()] == [()]


async def test_7_a_job_is_not_painted_before_its_picture_is_in_the_store(
    harness: BotHarness,
) -> None:
    await harness.say(caption="/draw зимой", **photo(harness, "a"))
    await harness.say("a dog", user=BORIS)
    assert await credits(harness.db, ANNA) == 49  # accepted at once
    assert await harness.next_due() is not None  # and acknowledged
    first, _ = await claimed(harness.db)
    assert first.prompt == "a dog"
    assert await jobs.claim(harness.db, "engine") is None
    await fetch(harness)
    job, _ = await claimed(harness.db)
    assert (job.prompt, job.awaiting) == ("зимой", False)
    assert harness.files.exists(job.request.sources[0])


async def test_10_the_status_tells_that_the_picture_is_on_its_way(harness: BotHarness) -> None:
    await harness.say(caption="/draw зимой", **photo(harness, "a"))
    await harness.deliver()
    assert harness.answers() == [
        harness.context.texts("ru", "status-fetching", prompt="зимой", place=1),
    ]


async def test_8_an_update_that_comes_again_paints_once_from_the_picture(
    harness: BotHarness,
) -> None:
    update = await harness.say(caption="/draw зимой", **photo(harness, "a"))
    await harness.feed({**update, "update_id": 999})
    assert await fetch(harness) == 1
    await harness.feed({**update, "update_id": 1000})
    assert await fetch(harness) == 0
    assert len(await harness.jobs()) == 1


async def test_9_a_caption_that_is_edited_starts_nothing(harness: BotHarness) -> None:
    update = await harness.say(caption="/draw зимой", **photo(harness, "a"))
    edited = {**update["message"], "caption": "/draw летом"}
    await harness.feed({"update_id": 999, "edited_message": edited})
    assert [job.prompt for job in await harness.jobs()] == ["зимой"]


async def test_26_the_settings_used_tell_what_the_pictures_were_for(harness: BotHarness) -> None:
    reply = other_message(**photo(harness, "a"))
    for command in ("/style", "/like"):
        await harness.say(caption=f"{command} зимой", **photo(harness, "b"), **reply)
        await fetch(harness)
        await harness.finish(await harness.painting())
    await harness.tap("do:facts:1:0")
    await harness.tap("do:facts:2:0")
    style, like = [answer.splitlines() for answer in harness.answers()[-2:]]
    words = {
        use: harness.context.texts("ru", f"facts-{use}") for use in ("init", "targets", "style")
    }
    assert words["init"] in style
    assert f"{words['style']}</pre>" in style
    assert f"{words['targets']}</pre>" in like
    assert words["init"] not in like


async def test_a_caption_may_be_any_command(harness: BotHarness) -> None:
    await harness.say(caption="/help", **photo(harness, "a"))
    await harness.say(caption="/dance", **photo(harness, "a"))
    await harness.say(caption="/sing", media_group_id="g", **photo(harness, "a"))
    await harness.say(caption="/draw@other_bot кот", **photo(harness, "a"))
    known, unknown = (
        harness.context.texts("ru", "help", knows="all"),
        harness.context.texts("ru", "command-unknown"),
    )
    assert harness.answers() == [known, unknown, unknown]
    assert await harness.jobs() == []


@pytest.mark.parametrize("action", ["again", "steps", "edit", "vary"])
async def test_27_the_buttons_go_on_from_the_same_pictures_or_say_that_they_are_gone(
    harness: BotHarness, action: str
) -> None:
    await harness.say(caption="/style зимой", **photo(harness, "a"))
    await fetch(harness)
    await harness.finish(await harness.painting())
    await harness.deliver()
    first = await found(harness.db, 1)

    async def press(serial: int) -> None:
        if action != "edit":
            await harness.tap(f"do:{action}:1:{serial}")
            return
        link = "https://t.me/mazok_bot?start=edit-1"
        question = the_bots(text="?", entities=[_link(link)])
        await harness.say("летом", **question)

    await press(0)
    _, second = await harness.jobs()
    assert second.request.style == first.request.style
    assert not second.awaiting
    assert first.request.style is not None
    harness.files.delete(first.request.style)
    await press(1)
    assert len(await harness.jobs()) == 2
    said = harness.answers() if action == "edit" else harness.toasts()
    assert said[-1] == harness.context.texts("ru", "sources-gone")
    assert harness.files.exists(f"{KEY}/picture.png")


def _link(url: str) -> dict[str, Any]:
    return {"type": "text_link", "offset": 0, "length": 1, "url": url}
