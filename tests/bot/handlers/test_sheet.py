"""Several pictures at once in the chat: one sheet, and a button for each of its pictures."""

from typing import Any

import pytest
from aiogram.methods import EditMessageText

from bot.requests.how_many import split_number
from store import jobs
from store.gallery import erasure, expiry, orphans
from store.gallery.sheets import request_of
from store.maintenance.check import check
from store.model import Job, Result
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, buttons
from tests.fixtures.delivery import shown
from tests.fixtures.image import png
from tests.fixtures.store import credits


async def finish_sheet(harness: BotHarness, *, drafted: bool = True, count: int = 4) -> Job:
    """Finish the job that waits as its engine would, with a sheet."""
    job = await harness.painting()
    folder = f"jobs/{job.id}/{job.token}"
    names = [f"{folder}/{number}.png" for number in range(1, count + 1)]
    for name in names:
        harness.files.write(name, png("red", (64, 48)))
    harness.files.write(f"{folder}/picture.png", png("blue", (136, 104)))
    facts: dict[str, Any] = {"steps": count, "seconds": 8.0, "loss": 0.5, "seed": 70}
    facts |= {"width": 64, "height": 48, "models": ("pocket", "pocket"), "enlarges": True}
    result = Result(f"{folder}/picture.png", "", "", parts=tuple(names), drafted=drafted, **facts)
    assert job.token is not None and await jobs.finish(harness.db, job.id, job.token, result, [])
    await harness.deliver()
    return job


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("4 кот", (4, "кот")),
        ("9 рыжий кот на пляже", (9, "рыжий кот на пляже")),
        ("4 cat", (4, "cat")),
        ("4 красный круг", (4, "красный круг")),
        ("4 кота", (None, "4 кота")),
        ("4 рыжих кота", (None, "4 рыжих кота")),
        ("9 роз", (None, "9 роз")),
        ("4 cats", (None, "4 cats")),
        ("4 мушкетёра", (None, "4 мушкетёра")),
        ("2024 год", (None, "2024 год")),
        ("4", (None, "4")),
    ],
)
def test_64_a_number_before_a_singular_noun_is_of_pictures(
    prompt: str, asked: tuple[int | None, str]
) -> None:
    assert split_number(prompt) == asked


async def test_64_four_at_once_are_one_sheet_with_a_button_for_each(harness: BotHarness) -> None:
    before = await credits(harness.db, ANNA)
    await harness.say("/draw 4 кот", chat=GROUP)
    job = await finish_sheet(harness)
    assert (job.prompt, job.request.at_once) == ("кот", 4)
    assert await credits(harness.db, ANNA) == before - 1
    sheet = shown(harness)[-1]
    rows = [[button.text for button in row] for row in sheet.reply_markup.inline_keyboard]
    assert rows == [
        ["1", "2", "3", "4"],
        ["≈1", "≈2", "≈3", "≈4"],
        ["Ещё четыре", "Другое…"],
    ]
    assert "4 картины 64×48" in sheet.caption
    await harness.tap("do:more:1:0", chat=GROUP)
    named = {data.split(":")[1] for data in buttons(harness.telegram.calls[-1]).values()}
    assert named >= {"edit", "png", "facts", "share", "delete"} and "gif" not in named


async def test_64_nine_have_rows_of_three(harness: BotHarness) -> None:
    await harness.say("9 кот")
    await finish_sheet(harness, count=9)
    sheet = shown(harness)[-1]
    rows = [[button.text for button in row] for row in sheet.reply_markup.inline_keyboard]
    assert rows[1] == ["4", "5", "6"] and rows[5] == ["≈7", "≈8", "≈9"]
    assert rows[6] == ["Ещё девять", "Другое…"]


async def test_64_one_of_them_comes_alone_at_once_and_costs_nothing(harness: BotHarness) -> None:
    await harness.say("4 кот")
    sheet = await finish_sheet(harness)
    left = await credits(harness.db, ANNA)
    for _ in range(2):  # a double tap is one picture
        await harness.tap("part:one:1:3:0")
    _, alone = await harness.jobs()
    assert await credits(harness.db, ANNA) == left
    await harness.deliver()
    picture = shown(harness)[-1]
    labels = [*buttons(picture)]
    assert labels == ["Ещё раз", "Похожую", "Другое…", "Крупнее", "Дорисовать"]
    assert alone.request == request_of(sheet_of(sheet, await harness.jobs()), 3)
    assert (alone.request.seed, alone.request.drafts, alone.request.steps) == (72, 1, 0)
    assert "<code>72</code>" in picture.caption and "шаг" not in picture.caption
    assert await check(harness.db, harness.files) == []
    await harness.tap("part:one:1:3:1")  # the next serial: it was deleted, say
    assert len(await harness.jobs()) == 3


def sheet_of(job: Job, found: list[Job]) -> Job:
    return next(one for one in found if one.id == job.id)


async def test_64_the_picture_alone_has_a_file_of_its_own_until_it_is_deleted(
    harness: BotHarness,
) -> None:
    await harness.say("4 кот")
    await finish_sheet(harness)
    await harness.tap("part:one:1:2:0")
    _, alone = await harness.jobs()
    assert alone.result is not None
    await erasure.erase_job(harness.db, 1)
    await erasure.sweep_erasures(harness.db, harness.files)
    assert harness.files.read(alone.result.picture) == png("red", (64, 48))
    assert await orphans.sweep_orphans(harness.db, harness.files, grace_s=0) == 0
    await harness.deliver()
    assert await expiry.expire_jobs(harness.db, keep_s=-10) >= 1
    await erasure.sweep_erasures(harness.db, harness.files)
    assert not harness.files.exists(alone.result.picture)


async def test_64_others_like_one_of_them_are_near_its_draft(harness: BotHarness) -> None:
    await harness.say("4 кот")
    await finish_sheet(harness)
    await harness.tap("part:like:1:2:0")
    _, like = await harness.jobs()
    assert (like.request.near, like.request.at_once) == ((71,), 4)
    assert like.request.seed not in (None, 70) and like.price == 1
    await finish_sheet(harness)
    await harness.tap("part:like:2:4:0")
    assert (await harness.jobs())[-1].request.near == (71, 73)
    await finish_sheet(harness)
    await harness.tap("do:again:2:0")  # four more, which are like the same
    again = (await harness.jobs())[-1]
    assert (again.request.near, again.request.at_once) == ((71,), 4)


async def test_64_others_like_a_painted_one_begin_with_it(harness: BotHarness) -> None:
    await harness.say("4 кот")
    await finish_sheet(harness, drafted=False)
    await harness.tap("part:like:1:2:0")
    _, like = await harness.jobs()
    assert like.request.init is not None and like.request.near == ()
    assert harness.files.read(like.request.init) == png("red", (64, 48))


async def test_65_a_draft_is_painted_on_and_made_larger_as_jobs_of_their_own(
    harness: BotHarness,
) -> None:
    await harness.say("4 кот")
    await finish_sheet(harness)
    await harness.tap("part:one:1:1:0")
    await harness.deliver()
    left = await credits(harness.db, ANNA)
    await harness.tap("do:on:2:0")
    await harness.tap("do:larger:2:0")
    *_, on, larger = await harness.jobs()
    assert (on.request.drafts, on.request.steps, on.request.seed) == (1, None, 70)
    assert larger.request.larger and larger.request.size == (64, 48)
    assert await credits(harness.db, ANNA) == left - 2
    await harness.tap("do:again:2:1")
    anew = (await harness.jobs())[-1].request
    assert (anew.drafts, anew.steps, anew.near, anew.larger) == (None, None, (), None)


@pytest.mark.parametrize(
    "data",
    [
        "part:one:1:5:0",
        "part:one:1:0:0",
        "part:like:1:-1:0",
        "part:one:77:1:0",
        "do:vary:1:0",
        "do:larger:1:0",
        "do:on:1:0",
        "do:steps:1:0",
    ],
)
async def test_64_a_forged_button_gets_one_sentence(harness: BotHarness, data: str) -> None:
    await harness.say("4 кот")
    await finish_sheet(harness)
    await harness.tap(data)
    assert harness.toasts() == [harness.context.texts("ru", "alert-stale")]
    assert len(await harness.jobs()) == 1


async def test_64_a_sheet_whose_files_are_gone_or_of_another_says_so(harness: BotHarness) -> None:
    await harness.say("/draw 4 кот", chat=GROUP)
    job = await finish_sheet(harness)
    await harness.tap("part:one:1:1:0", user=BORIS, chat=GROUP)
    harness.files.delete(f"jobs/{job.id}")
    await harness.tap("part:one:1:1:0", chat=GROUP)
    said = [harness.context.texts("en", "alert-not-yours")]
    said += [harness.context.texts("ru", "alert-files-gone")]
    assert harness.toasts() == said and len(await harness.jobs()) == 1


async def test_64_how_many_at_once_is_chosen_in_the_settings(harness: BotHarness) -> None:
    await harness.say("/settings")
    await harness.tap(f"page:{ANNA}:at_once")
    page: Any = harness.telegram.of(EditMessageText)[-1]
    assert [*buttons(page)][:4] == ["✓ по умолчанию (одну)", "одну", "четыре", "девять"]
    await harness.tap(f"set:{ANNA}:at_once:4")
    await harness.say("кот")
    assert (await harness.jobs())[-1].request.at_once == 4
    await harness.tap(f"set:{ANNA}:at_once:5")
    assert harness.toasts()[-1] == harness.context.texts("ru", "alert-stale")
