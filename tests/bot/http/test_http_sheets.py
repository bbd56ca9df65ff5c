"""Four at once, against the stand-in over HTTP: buttons that outlive restarts and trouble."""

from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from store import jobs
from store.maintenance.check import check
from store.model import Result
from tests.fixtures.image import png
from tests.fixtures.telegram.http import FAST_CHATS, HttpHarness, open_http_harness

pytestmark = pytest.mark.thorough

SIDE = 32


async def _finish(harness: HttpHarness) -> None:
    """Finish the job that waits, with a sheet of four drafts."""
    job = await harness.claim()
    folder = f"jobs/{job.id}/{job.token}"
    parts = [f"{folder}/{number}.png" for number in range(1, 5)]
    for number, key in enumerate(parts):
        harness.files.write(key, png((60 * number, 60, 90), (SIDE, SIDE)))
    harness.files.write(f"{folder}/picture.png", png("blue", (2 * SIDE, 2 * SIDE)))
    result = Result(
        *(f"{folder}/picture.png", "", "", SIDE, SIDE),
        steps=4,
        seconds=2.0,
        loss=0.5,
        seed=70,
        parts=parts,
        drafted=True,
        enlarges=True,
    )
    assert job.token is not None
    assert await jobs.finish(harness.db, job.id, job.token, result, [])


async def _sheet(harness: HttpHarness, user: SandboxUser, chat: SandboxChat) -> SandboxMessage:
    """The message with the sheet; the bot's status message is gone by then."""
    harness.telegram.say(user, chat, "/draw 4 кот")
    await _finish(harness)
    await harness.telegram.until(
        lambda: _pictures(chat) and _pictures(chat)[-1].buttons[0].text == "1", 15
    )
    return _pictures(chat)[-1]


def _pictures(chat: SandboxChat) -> list[SandboxMessage]:
    return [one for one in chat.from_bot if one.kind == "photo" and one.buttons]


@pytest.mark.parametrize("grouped", [False, True])
async def test_64_65_one_of_four_comes_alone_after_a_restart(tmp_path: Path, grouped: bool) -> None:
    async with Sandbox(limits=None) as telegram:
        anna = telegram.person("Аня", language="ru")
        chat = telegram.group("Art club", [anna]) if grouped else telegram.private(anna)
        async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as harness:
            sheet = await _sheet(harness, anna, chat)
        async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as harness:
            telegram.fault("editMessageMedia", "drop-after")
            telegram.tap(sheet.button("3"), by=anna)
            telegram.tap(sheet.button("3"), by=anna)  # a double tap
            await telegram.until(lambda: len(_pictures(chat)) == 2, 15)
            alone = _pictures(chat)[-1]
            assert alone.media is not None and "72" in alone.text
            telegram.tap(alone.button("Дорисовать"), by=anna)
            job = await harness.claim()
            assert (job.request.drafts, job.request.seed, job.request.steps) == (1, 72, None)
            await harness.finish(job)
            telegram.tap(sheet.button("≈2"), by=anna)
            await _finish(harness)
            await telegram.until(lambda: len(_pictures(chat)) == 4, 15)
            assert await check(harness.db, harness.files) == []


async def test_64_a_tap_on_another_persons_sheet_or_a_lost_file_gets_one_sentence(
    tmp_path: Path,
) -> None:
    async with Sandbox(limits=None) as telegram:
        anna, ben = telegram.person("Аня", language="ru"), telegram.person("Ben")
        club = telegram.group("Art club", [anna, ben])
        async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as harness:
            sheet = await _sheet(harness, anna, club)
            foreign = telegram.tap(sheet.button("1"), by=ben)
            await telegram.until(lambda: foreign.answer, 10)
            harness.files.delete("jobs/1")
            lost = telegram.tap(sheet.button("1"), by=anna)
            await telegram.until(lambda: lost.answer, 10)
            assert foreign.answer and foreign.answer.text == "Somebody else asked for this picture."
            assert lost.answer and "файл" in (lost.answer.text or "").lower()
            assert len(_pictures(club)) == 1
