"""Downloads that fail: files that are no images, refusals, crashes, cancelled jobs."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import EditMessageText, GetFile
from aiohttp import ClientConnectionError, ClientResponseError, RequestInfo
from multidict import CIMultiDict, CIMultiDictProxy
from PIL import Image
from yarl import URL

from bot.logs import RedactingFilter
from bot.requests import input_downloader
from bot.requests.input_downloader import DownloadSettings, InputDownloader
from store import chat_lifecycle, jobs
from store.files import images
from store.gallery import erasure
from store.jobs import inputs
from store.model import Job
from tests.fixtures.bot import ANNA, TOKEN, BotHarness, bad_request, open_bot_harness
from tests.fixtures.image import png, saved
from tests.fixtures.input import document, fetch, make_due, photo
from tests.fixtures.store import credits, database_now_ms, found, sql
from tests.fixtures.telegram.fake_telegram import Failure

NOISE = Image.effect_noise((64, 64), 90)


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 20}


async def _asked(harness: BotHarness, content: bytes | Exception) -> Job:
    """Return the job of a request with this image, after the first try to download it."""
    await harness.say(caption="/draw кот", **photo(harness, "a", content))
    await fetch(harness)
    return (await harness.jobs())[-1]


async def _is_refused(harness: BotHarness, job: Job, key: str) -> None:
    """The job has ended with this sentence, once, and is paid back; nobody else is bothered."""
    assert (job.state, job.error and job.error.key) == ("failed", key)
    assert await credits(harness.db, ANNA) == 50
    assert await harness.deliver() == ["ack", "sorry"]
    said = harness.telegram.of(EditMessageText)[-1].text
    assert job.error is not None
    assert harness.context.texts("ru", key, **job.error.values) in (said or "")
    assert await sql(harness.db, "SELECT * FROM alerts") == []
    assert await sql(harness.db, "SELECT * FROM inputs") == []


async def test_3_what_is_no_picture_after_all_is_told_and_paid_back(harness: BotHarness) -> None:
    for data in (
        b"<!doctype html><p>404",
        b"a cat",
        b"%PDF-1.7\0\xff",
        b"\0\0\0\x18ftypheic\0\xfe",
    ):
        await _is_refused(harness, await _asked(harness, data), "input-foreign")
    for data in (saved(NOISE, "JPEG")[:1500], saved(NOISE)[:1500]):
        await _is_refused(harness, await _asked(harness, data), "input-damaged")


async def test_3_pictures_beyond_the_bounds_are_refused(harness: BotHarness) -> None:
    height = images.MAX_PIXELS // 10_000 + 1
    large = saved(Image.new("1", (10_000, height)))
    await _is_refused(harness, await _asked(harness, large), "input-large")
    heavy = png() + bytes(images.MAX_BYTES)
    await _is_refused(harness, await _asked(harness, heavy), "input-heavy")


async def test_3_odd_pictures_reach_the_painter_as_they_are(harness: BotHarness) -> None:
    turned = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
    odd = [
        saved(NOISE.convert("CMYK"), "JPEG"),
        saved(Image.new("I;16", (9, 9), 40_000)),
        saved(NOISE.quantize(16), "GIF"),
        saved(NOISE.convert("RGBA"), "WEBP"),
        saved(NOISE, "JPEG", exif=turned),
    ]
    for image in odd:
        job = await _asked(harness, image)
        assert not job.awaiting
        assert harness.files.read(job.request.sources[0]) == image


async def test_3_a_heavy_file_is_declined_before_anything_is_taken(harness: BotHarness) -> None:
    heavy = document(harness, "a.png", file_size=21 * 2**20)
    await harness.say(caption="/draw кот", **heavy)
    await harness.say(caption="/draw кита", media_group_id="g", **heavy)
    await harness.say(media_group_id="g", **photo(harness, "b"))
    await fetch(harness)
    assert harness.answers() == [harness.context.texts("ru", "input-heavy", limit=20)] * 2
    assert await harness.jobs() == []


async def test_3_telegrams_own_limit_is_told_at_once(harness: BotHarness) -> None:
    harness.telegram.fail(GetFile, bad_request("file is too big"))
    await _is_refused(harness, await _asked(harness, png()), "input-heavy")


def _not_found() -> Exception:
    """As aiohttp tells it: with the whole address, and so with the token."""
    url = URL(f"https://api.telegram.org/file/bot{TOKEN}/photos/1.jpg")
    info = RequestInfo(url, "GET", CIMultiDictProxy(CIMultiDict()), url)
    return ClientResponseError(info, (), status=404, message="Not Found")


@pytest.mark.parametrize("trouble", [_not_found(), ClientConnectionError(), TimeoutError()])
async def test_45_trouble_on_the_way_is_tried_again_and_tells_no_secret(
    harness: BotHarness, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    job = await _asked(harness, trouble)
    assert job.awaiting
    assert await fetch(harness) == 0  # not at once
    harness.telegram.files["a"] = png()
    await make_due(harness)
    assert await fetch(harness) == 1
    assert not (await found(harness.db, job.id)).awaiting
    assert "again in 1 s" in caplog.text
    assert TOKEN not in caplog.text


def test_45_an_error_about_a_file_would_be_cleaned_of_the_token_all_the_same() -> None:
    assert TOKEN in str(_not_found())
    record = logging.LogRecord("bot", logging.ERROR, "", 0, "%s", (_not_found(),), None)
    assert RedactingFilter().filter(record)
    assert TOKEN not in record.getMessage()
    assert "404" in record.getMessage()


@pytest.mark.parametrize("answer", ["wrong file_id or the file is temporarily unavailable", None])
async def test_3_what_telegram_no_longer_has_is_given_up_after_some_tries(
    harness: BotHarness, answer: str | None
) -> None:
    failure: Failure = bad_request(answer or "")
    job = await _asked(harness, _not_found())
    for tries in range(2, input_downloader.MAX_REFUSALS + 1):
        assert (await found(harness.db, job.id)).awaiting
        if answer is not None:
            harness.telegram.fail(GetFile, failure)
        await make_due(harness)
        assert await fetch(harness) == 1, tries
    await _is_refused(harness, await found(harness.db, job.id), "input-unreachable")


async def test_13_a_wait_that_telegram_asks_for_is_obeyed_and_no_failure(
    harness: BotHarness,
) -> None:
    harness.telegram.fail(GetFile, lambda method: TelegramRetryAfter(method, "Flood", 77))
    await _asked(harness, png())
    [(tries, due_ms)] = await sql(harness.db, "SELECT tries, due_ms FROM inputs")
    assert tries == 0
    assert due_ms - await database_now_ms(harness.db) > 70_000


async def test_7_a_crash_between_acceptance_and_download_loses_nothing(
    harness: BotHarness, tmp_path: Path
) -> None:
    await harness.say(caption="/draw кот", **photo(harness, "a"))
    assert await inputs.claim_due(harness.db) is not None  # somebody sets out, and dies
    async with open_bot_harness(tmp_path) as again:
        again.telegram.files = harness.telegram.files
        assert await fetch(again) == 0  # the dead one's lease still runs
        await make_due(again)
        assert await fetch(again) == 1
        (job,) = await again.jobs()
        assert again.files.exists(job.request.sources[0])
        assert await jobs.claim(again.db, "engine") is not None


async def test_of_downloads_that_were_interrupted_one_is_under_way_at_a_time(
    harness: BotHarness,
) -> None:
    """What has ended a process would do so again, before those beside it have arrived."""
    for name in "abc":
        await harness.say(caption="/draw кот", **photo(harness, name))
    for _ in range(2):
        assert await inputs.claim_due(harness.db) is not None  # somebody sets out, and dies
    await make_due(harness)
    again = await inputs.claim_due(harness.db)
    assert again is not None and again.interrupted
    fresh = await inputs.claim_due(harness.db, interrupted=False)
    assert fresh is not None and not fresh.interrupted
    assert await inputs.claim_due(harness.db, interrupted=False) is None
    await make_due(harness)
    for _ in range(4):
        await fetch(harness)
        await make_due(harness)
    assert await sql(harness.db, "SELECT COUNT(*) FROM inputs") == [(0,)]


async def test_a_picture_that_two_fetch_at_once_frees_its_job_once(harness: BotHarness) -> None:
    await harness.say(caption="/draw кот", **photo(harness, "a"))
    pending = await inputs.claim_due(harness.db)
    assert pending is not None
    both = [
        InputDownloader(harness.bot, harness.context, asyncio.Event()).download(pending)
        for _ in range(2)
    ]
    await asyncio.gather(*both)
    assert await jobs.claim(harness.db, "engine") is not None
    assert not await inputs.mark_arrived(harness.db, pending)
    assert (await found(harness.db, 1)).state == "running"


@pytest.mark.parametrize("end", ["cancel", "blocked"])
async def test_what_has_ended_meanwhile_is_not_fetched(harness: BotHarness, end: str) -> None:
    await harness.say(caption="/draw кот", **photo(harness, "a"))
    if end == "cancel":
        await harness.tap("cancel:1")
    else:
        await chat_lifecycle.chat_gone(harness.db, ANNA)
    assert await fetch(harness) == 0
    assert harness.telegram.of(GetFile) == []
    assert (await found(harness.db, 1)).state == "cancelled"
    assert await credits(harness.db, ANNA) == 50


async def test_forget_removes_the_pictures_that_came_and_those_on_their_way(
    harness: BotHarness,
) -> None:
    for name in ("here", "coming"):
        await harness.say(caption="/draw кот", **photo(harness, name))
    here, coming = [job.request.sources[0] for job in await harness.jobs()]
    first = await inputs.claim_due(harness.db)
    assert first is not None
    await InputDownloader(harness.bot, harness.context, asyncio.Event()).download(first)
    assert harness.files.exists(here)
    await harness.tap(f"forget:{ANNA}:1")
    assert not harness.files.exists(here)
    harness.files.write(coming, b"late")  # by a download that was under way
    await sql(harness.db, "UPDATE erasures SET due_ms = 0")
    await erasure.sweep_erasures(harness.db, harness.files)
    assert not harness.files.exists(coming)
    assert await sql(harness.db, "SELECT * FROM inputs") == []


async def test_the_file_store_in_trouble_is_waited_for(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(key: str, data: bytes) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(harness.files, "write", full)
        job = await _asked(harness, png())
    assert job.awaiting
    await make_due(harness)
    await fetch(harness)
    assert not (await found(harness.db, job.id)).awaiting


async def test_downloads_go_on_until_the_stop(harness: BotHarness) -> None:
    answered, stop = asyncio.Event(), asyncio.Event()
    await harness.say(caption="/draw кот", **photo(harness, "a"))
    running = asyncio.create_task(InputDownloader(harness.bot, harness.context, answered).run(stop))
    async with asyncio.timeout(20):
        while (await found(harness.db, 1)).awaiting:
            await asyncio.sleep(0.01)
    stop.set()
    await running


async def test_7_albums_are_not_settled_before_telegram_has_told_what_came_meanwhile(
    harness: BotHarness,
) -> None:
    settings = DownloadSettings(album_quiet_s=0, poll_s=0.01)
    answered, stop = asyncio.Event(), asyncio.Event()
    words: dict[str, Any] = {"caption": "/draw кот", "media_group_id": "g"}
    await harness.say(**words, **photo(harness, "a"))
    running = asyncio.create_task(
        InputDownloader(harness.bot, harness.context, answered, settings).run(stop)
    )
    await asyncio.sleep(0.1)
    assert (await found(harness.db, 1)).request.sources == ()
    answered.set()
    async with asyncio.timeout(20):
        while (await found(harness.db, 1)).awaiting:
            await asyncio.sleep(0.01)
    stop.set()
    await running
