"""Pictures that people send, against Telegram's stand-in over HTTP: real links, real files."""

import io
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.requests.input_downloader import DownloadSettings
from sandbox import Sandbox
from sandbox.state.chats import SandboxChat
from store import jobs
from store.model import Job
from tests.fixtures.image import png
from tests.fixtures.telegram.http import FAST_CHATS, HttpHarness, open_http_harness

pytestmark = pytest.mark.thorough


@pytest.fixture
async def telegram() -> AsyncIterator[Sandbox]:
    """Without limits: what keeps to them has tests of its own."""
    async with Sandbox(limits=None) as telegram:
        yield telegram


@pytest.fixture
async def http_harness(tmp_path: Path, telegram: Sandbox) -> AsyncIterator[HttpHarness]:
    downloads = DownloadSettings(poll_s=0.05, backoff_s=(0.2,))
    runtime = replace(FAST_CHATS, downloads=downloads)
    async with open_http_harness(tmp_path, telegram, runtime=runtime) as http_harness:
        yield http_harness


def _colours(http_harness: HttpHarness, job: Job) -> list[tuple[int, ...]]:
    """Of each picture that the job is painted from, the first pixel; Telegram makes them JPEG."""
    colours = []
    for source in job.request.sources:
        with Image.open(io.BytesIO(http_harness.files.read(source))) as image:
            pixel = image.convert("RGB").getpixel((0, 0))
        assert isinstance(pixel, tuple)
        colours.append(tuple(round(part / 64) for part in pixel))
    return colours


RED, BLUE = (4, 0, 0), (0, 0, 4)


async def test_3_a_photo_a_file_and_the_bots_own_picture_are_painted_from(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    club = telegram.group("Art club", [anna])
    telegram.say(anna, club, "/draw зимой", photo=png("red"))
    job = await http_harness.claim()
    assert _colours(http_harness, job) == [RED]
    await http_harness.finish(job)
    await telegram.until(lambda: club.from_bot[-1].kind == "photo", 15)
    file = telegram.say(anna, club, document=("a.png", png("blue")))  # which the bot does not see
    telegram.say(anna, club, "/style зимой", reply_to=file)
    assert _colours(http_harness, await http_harness.claim()) == [BLUE]
    telegram.say(anna, club, "/like зимой", reply_to=club.from_bot[0])
    job = await http_harness.claim()
    assert [len(job.request.targets), len(job.request.sources)] == [1, 1]


async def test_3_two_albums_at_once_and_their_originals_deleted(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    people = [telegram.person("Anna"), telegram.person("Ben")]
    said = [telegram.say(one, one, photo=png("red"), album=one.first_name) for one in people]
    said += [
        telegram.say(one, one, "/draw a cat", photo=png("blue"), album=one.first_name)
        for one in people
    ]
    for message in said:
        telegram.delete(message)
    for _ in people:
        job = await http_harness.claim()
        assert _colours(http_harness, job) == [RED, BLUE]
        await http_harness.finish(job)
    for person in people:
        chat = telegram.private(person)
        await telegram.until(lambda here=chat: _done(here), 15)  # type: ignore[misc]


def _done(chat: SandboxChat) -> bool:
    return [message.kind for message in chat.from_bot] == ["animation", "photo"]


async def test_3_files_that_cannot_be_had_or_are_no_pictures_are_told(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    for data, words in ((b"<html>", "not a picture that I can open"), (bytes(21 * 2**20), "20 MB")):
        telegram.say(anna, chat, "/draw a cat", document=("a.png", data))
        await telegram.until(lambda: chat.from_bot and words in chat.from_bot[-1].text, 15)  # noqa: B023
    assert len(chat.from_bot) == 2
    assert await jobs.claim(http_harness.db, "engine") is None


@pytest.mark.parametrize("kind", [500, 429, "drop-before", "drop-after"])
async def test_13_trouble_with_the_link_is_overcome(
    http_harness: HttpHarness, kind: int | str
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    telegram.fault("getFile", kind)
    telegram.say(anna, anna, "/draw a cat", photo=png("red"))
    assert _colours(http_harness, await http_harness.claim()) == [RED]


async def test_45_a_link_that_is_dead_tells_no_secret_and_a_new_one_is_asked_for(
    http_harness: HttpHarness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram, files = http_harness.telegram, http_harness.telegram.world.files
    whole, missing = files.download, iter(range(2))

    def late(path: str) -> object:
        """The link has run out twice by the time it is used."""
        if next(missing, None) is not None:
            telegram.clock.advance(3700)
        return whole(path)

    monkeypatch.setattr(files, "download", late)
    anna = telegram.person("Anna")
    telegram.say(anna, anna, "/draw a cat", photo=png("red"))
    assert _colours(http_harness, await http_harness.claim()) == [RED]
    assert len(telegram.calls_of("getFile")) == 3
    assert "ClientResponseError" in caplog.text
    assert telegram.token not in caplog.text


async def test_7_a_picture_that_was_accepted_comes_after_a_restart(
    tmp_path: Path, telegram: Sandbox
) -> None:
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    telegram.fault("getFile", 500, times=100)
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as http_harness:
        telegram.say(anna, chat, "/draw a cat", photo=png("red"))
        await telegram.until(lambda: len(telegram.calls_of("getFile")) > 1 and chat.from_bot, 15)
        assert await jobs.claim(http_harness.db, "engine") is None
    telegram.world.faults.clear()
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as http_harness:
        job = await http_harness.claim()
        assert _colours(http_harness, job) == [RED]
        await http_harness.finish(job)
        await telegram.until(lambda: _done(chat), 15)
        assert await jobs.claim(http_harness.db, "engine") is None
