"""Pictures that people send: what they are for, and how they reach the painter."""

from typing import Any

import pytest

from store import jobs
from store.sources import Target
from tests.bot_fixtures import ANNA, BORIS, GROUP, KEY, Room
from tests.image_fixtures import png
from tests.input_fixtures import document, fetch, other_message, photo, the_bots
from tests.store_fixtures import claimed, credits, found, sql


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 20}


async def test_3_draw_in_reply_to_a_photo_starts_from_it(room: Room) -> None:
    reply = other_message(**photo(room, "cat", png("green")))
    for chat in (ANNA, GROUP):
        await room.say("/draw зимой", chat=chat, **reply)
    await room.say("зимой", **reply)  # in private the words alone will do
    await room.say("/draw зимой", **other_message(**document(room, "a.png", png("blue"))))
    await fetch(room)
    starts = []
    for job in await room.jobs():
        assert (job.prompt, job.request.targets, job.request.style) == ("зимой", (), None)
        assert job.request.init is not None
        starts.append(room.files.read(job.request.init))
    assert starts == [png("green")] * 3 + [png("blue")]


async def test_3_a_picture_with_a_caption_starts_the_painting(room: Room) -> None:
    await room.say(caption="/draw зимой", chat=GROUP, **photo(room, "a"))
    await room.say(caption="/draw@mazok_bot зимой", **document(room, "b.png"))
    await room.say(caption="зимой", **photo(room, "c"))
    unnamed = document(room, "d.jpg", kind=None)
    await room.say(caption="зимой", **unnamed)
    assert await fetch(room) == 4
    painted = await room.jobs()
    assert [job.prompt for job in painted] == ["зимой"] * 4
    assert len({job.request.init for job in painted}) == 4


async def test_3_like_and_style_take_the_picture_for_a_target_or_for_its_look(room: Room) -> None:
    await room.say(caption="/like зимой", **photo(room, "a"))
    await room.say("/style зимой", **other_message(**photo(room, "b")))
    like, style = [job.request for job in await room.jobs()]
    assert like.targets == (Target(like.sources[0]),)
    assert (like.init, like.style, style.init, style.targets) == (None, None, None, ())
    assert style.style == style.sources[0]


async def test_3_a_picture_in_reply_to_a_picture_makes_two(room: Room) -> None:
    reply = other_message(**photo(room, "room", png("green")))
    await room.say(caption="/style зимой", **photo(room, "look", png("blue")), **reply)
    await fetch(room)
    (job,) = await room.jobs()
    assert job.request.init is not None
    assert job.request.style is not None
    files = [room.files.read(key) for key in (job.request.init, job.request.style)]
    assert files == [png("green"), png("blue")]


async def test_3_the_bots_own_picture_is_a_start_too(room: Room) -> None:
    own = the_bots(**photo(room, "own"), caption="«кот»\nзерно 5")
    await room.say("/draw зимой", **own)
    await room.say("/draw", **own)  # its caption is no request
    (job,) = await room.jobs()
    assert (job.prompt, len(job.request.sources)) == ("зимой", 1)
    assert room.answers() == [room.desk.texts("ru", "picture-words")]


async def test_3_a_photos_own_words_are_used_where_the_reply_has_none(room: Room) -> None:
    anna = {"id": BORIS, "is_bot": False, "first_name": "B"}
    shown: dict[str, Any] = photo(room, "a")
    await room.say("/draw", chat=GROUP, **other_message(author=anna, caption="наш кот", **shown))
    await room.say("/draw", chat=GROUP, **other_message(author=anna, caption="/draw x", **shown))
    await room.say("/draw", chat=GROUP, **other_message(author=anna, caption="/draw", **shown))
    assert [job.prompt for job in await room.jobs()] == ["наш кот", "x"]
    assert room.answers() == [room.desk.texts("ru", "picture-words")]


@pytest.mark.parametrize("chat", [ANNA, GROUP])
async def test_2_what_is_missing_is_asked_for(room: Room, chat: int) -> None:
    await room.say("/draw", chat=chat, **other_message(**photo(room, "a")))
    await room.say("/like кот", chat=chat)
    await room.say("/style кот", chat=chat, **other_message(text="сова"))
    assert room.answers() == [
        room.desk.texts("ru", key) for key in ("picture-words", "like-empty", "style-empty")
    ]
    await room.say(chat=chat, **photo(room, "b"))
    assert len(room.answers()) == (4 if chat == ANNA else 3)  # in a group nobody was asked
    assert await room.jobs() == []


async def test_50_photos_in_a_group_are_its_own_affair(room: Room) -> None:
    await room.say(chat=GROUP, caption="наш кот", **photo(room, "a"))
    await room.say(chat=GROUP, caption="наш кот", media_group_id="g", **photo(room, "b"))
    await room.say(chat=GROUP, media_group_id="g", **photo(room, "c"))
    assert await fetch(room) == 0
    assert room.telegram.calls == []
    tables = ("jobs", "users", "album_parts")
    assert [await sql(room.db, f"SELECT * FROM {table}") for table in tables] == [[], [], []]


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
    room: Room, content: dict[str, Any]
) -> None:
    for text in ("/draw кот", "/like кот", "/style"):
        await room.say(text, chat=GROUP, **other_message(**content))
    if "sticker" not in content:
        await room.say(caption="/draw кита", chat=GROUP, **content)
    answers = room.answers()
    assert set(answers) == {room.desk.texts("ru", "draw-not-picture")}
    assert len(answers) == (3 if "sticker" in content else 4)
    await room.say("кот", **other_message(**content))  # nobody asked to paint from that
    assert [job.request.sources for job in await room.jobs()] == [()]


async def test_7_a_job_is_not_painted_before_its_picture_is_in_the_store(room: Room) -> None:
    await room.say(caption="/draw зимой", **photo(room, "a"))
    await room.say("a dog", user=BORIS)
    assert await credits(room.db, ANNA) == 49  # accepted at once
    assert await room.next_due() is not None  # and acknowledged
    first, _ = await claimed(room.db)
    assert first.prompt == "a dog"
    assert await jobs.claim(room.db, "engine") is None
    await fetch(room)
    job, _ = await claimed(room.db)
    assert (job.prompt, job.awaiting) == ("зимой", False)
    assert room.files.exists(job.request.sources[0])


async def test_10_the_status_tells_that_the_picture_is_on_its_way(room: Room) -> None:
    await room.say(caption="/draw зимой", **photo(room, "a"))
    await room.deliver()
    assert room.answers() == [
        room.desk.texts("ru", "status-fetching", prompt="зимой", place=1),
    ]


async def test_8_an_update_that_comes_again_paints_once_from_the_picture(room: Room) -> None:
    update = await room.say(caption="/draw зимой", **photo(room, "a"))
    await room.feed({**update, "update_id": 999})
    assert await fetch(room) == 1
    await room.feed({**update, "update_id": 1000})
    assert await fetch(room) == 0
    assert len(await room.jobs()) == 1


async def test_9_a_caption_that_is_edited_starts_nothing(room: Room) -> None:
    update = await room.say(caption="/draw зимой", **photo(room, "a"))
    edited = {**update["message"], "caption": "/draw летом"}
    await room.feed({"update_id": 999, "edited_message": edited})
    assert [job.prompt for job in await room.jobs()] == ["зимой"]


async def test_26_the_settings_used_tell_what_the_pictures_were_for(room: Room) -> None:
    reply = other_message(**photo(room, "a"))
    for command in ("/style", "/like"):
        await room.say(caption=f"{command} зимой", **photo(room, "b"), **reply)
        await fetch(room)
        await room.finish(await room.painting())
    await room.tap("do:facts:1:0")
    await room.tap("do:facts:2:0")
    style, like = [answer.splitlines() for answer in room.answers()[-2:]]
    words = {use: room.desk.texts("ru", f"facts-{use}") for use in ("init", "targets", "style")}
    assert words["init"] in style
    assert f"{words['style']}</pre>" in style
    assert f"{words['targets']}</pre>" in like
    assert words["init"] not in like


async def test_a_caption_may_be_any_command(room: Room) -> None:
    await room.say(caption="/help", **photo(room, "a"))
    await room.say(caption="/dance", **photo(room, "a"))
    await room.say(caption="/sing", media_group_id="g", **photo(room, "a"))
    await room.say(caption="/draw@other_bot кот", **photo(room, "a"))
    known, unknown = room.desk.texts("ru", "help"), room.desk.texts("ru", "command-unknown")
    assert room.answers() == [known, unknown, unknown]
    assert await room.jobs() == []


@pytest.mark.parametrize("action", ["again", "steps", "edit", "vary"])
async def test_27_the_buttons_go_on_from_the_same_pictures_or_say_that_they_are_gone(
    room: Room, action: str
) -> None:
    await room.say(caption="/style зимой", **photo(room, "a"))
    await fetch(room)
    await room.finish(await room.painting())
    await room.deliver()
    first = await found(room.db, 1)

    async def press(serial: int) -> None:
        if action != "edit":
            await room.tap(f"do:{action}:1:{serial}")
            return
        link = "https://t.me/mazok_bot?start=edit-1"
        question = the_bots(text="?", entities=[_link(link)])
        await room.say("летом", **question)

    await press(0)
    _, second = await room.jobs()
    assert second.request.style == first.request.style
    assert not second.awaiting
    assert first.request.style is not None
    room.files.delete(first.request.style)
    await press(1)
    assert len(await room.jobs()) == 2
    said = room.answers() if action == "edit" else room.toasts()
    assert said[-1] == room.desk.texts("ru", "sources-gone")
    assert room.files.exists(f"{KEY}/picture.png")


def _link(url: str) -> dict[str, Any]:
    return {"type": "text_link", "offset": 0, "length": 1, "url": url}
