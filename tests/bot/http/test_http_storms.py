"""A store that is locked, a Telegram that asks to wait or loses answers: everything arrives."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from sandbox import Sandbox
from sandbox.state.chats import SandboxChat
from sandbox.state.faults import Fault, Faults
from tests.fixtures.store import sql, url
from tests.fixtures.telegram.http import FAST_CHATS, HttpHarness, open_http_harness

pytestmark = pytest.mark.thorough

PEOPLE = 5
LOSSES = 8  # people, each in private and in a group
LOCK_S = 5.0
RETRY_S = 3
LOCKER = """
import asyncio, sys
from sqlalchemy import text
from store.database.database import Database

async def main(url, seconds):
    db = await Database.open(url)
    async with db.write() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("LOCK TABLE inbox, jobs, users, outbox, ledger"))
        print("locked", flush=True)
        await asyncio.sleep(seconds)
    await db.close()

asyncio.run(main(sys.argv[1], float(sys.argv[2])))
"""


class EveryOther(Faults):
    """Refuses every second message and edit until some time has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def consume(self, method: str, chat_id: int | None) -> Fault | None:
        if method.lower() == "sendchataction" or not method.lower().startswith(("send", "edit")):
            return None
        self.calls += 1
        return Fault(method, 429, retry_after=RETRY_S) if self.calls % 2 else None


@asynccontextmanager
async def _locked(folder: Path) -> AsyncIterator[None]:
    """Let another process hold the lock of all writers from the start of the block on."""
    locker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LOCKER, url(folder / "mazok.db"), str(LOCK_S)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert locker.stdout is not None
    assert await locker.stdout.readline() == b"locked\n"
    yield
    assert await locker.wait() == 0


def _ask(harness: HttpHarness) -> list[SandboxChat]:
    people = [harness.telegram.person(f"Person {number}") for number in range(PEOPLE)]
    chats = [harness.telegram.private(person) for person in people]
    for person, chat in zip(people, chats, strict=True):
        harness.telegram.say(person, chat, "a sunflower")
    return chats


async def test_a_lock_of_five_seconds_is_waited_out_and_nobody_hears_of_it(
    http_harness: HttpHarness, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with _locked(tmp_path):
        chats = _ask(http_harness)
        await asyncio.sleep(1)
        assert not any(chat.from_bot for chat in chats)
    await http_harness.telegram.until(lambda: all(chat.from_bot for chat in chats), 30)
    assert [len(chat.from_bot) for chat in chats] == [1] * PEOPLE
    accepted = await sql(http_harness.db, "SELECT chat_id, COUNT(*) FROM jobs GROUP BY chat_id")
    assert sorted(accepted) == sorted((chat.id, 1) for chat in chats)
    assert caplog.records == []


async def test_13_14_though_every_second_call_has_to_wait_all_arrives_once_and_none_too_early(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    telegram.world.faults = EveryOther()
    chats = _ask(http_harness)
    for _ in chats:
        await http_harness.finish(await http_harness.claim())
    shown = {"animation", "photo"}
    await telegram.until(
        lambda: all({one.kind for one in chat.from_bot} == shown for chat in chats), 90
    )
    assert [len(chat.from_bot) for chat in chats] == [2] * PEOPLE
    refused = 0
    for chat in chats:
        calls = [one for one in telegram.calls if one.method.startswith(("send", "edit"))]
        calls = [one for one in calls if int(one.arguments.get("chat_id", 0)) == chat.id]
        calls = [one for one in calls if one.method != "sendChatAction"]
        for call, following in pairwise(calls):
            refused += call.status == 429
            assert call.ok or following.at >= call.at + RETRY_S
    assert refused >= PEOPLE
    lost = "SELECT COUNT(*) FROM outbox WHERE state NOT IN ('sending', 'sent')"
    assert await sql(http_harness.db, lost) == [(0,)]


class _LostAnswers(Faults):
    """Carries calls out, and loses the answers to some of them."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share, self._random = share, Random(1)
        self.lost = 0

    def consume(self, method: str, chat_id: int | None) -> Fault | None:
        """Return the loss of an answer for a share of the calls that change something."""
        changes = method.startswith(("send", "edit", "delete")) and method != "sendChatAction"
        if not changes or self._random.random() >= self._share:
            return None
        self.lost += 1
        return Fault(method, "drop-after")


async def test_83_with_15_of_100_answers_lost_no_line_and_no_picture_comes_twice(
    tmp_path: Path, telegram: Sandbox
) -> None:
    people = [telegram.person(f"P{number}") for number in range(LOSSES)]
    private = [telegram.private(person) for person in people]
    groups = [telegram.group(f"G{person.id}", [person]) for person in people]
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as http_harness:
        telegram.world.faults = faults = _LostAnswers(0.15)
        for person, chat in (*zip(people, private, strict=True), *zip(people, groups, strict=True)):
            telegram.say(person, chat, "/draw a sunflower")
        for _ in range(2 * LOSSES):
            job = await http_harness.claim()
            await telegram.until(lambda: all(chat.from_bot for chat in (*private, *groups)), 60)
            waited = "UPDATE jobs SET created_ms = created_ms - 61000 WHERE id = :id"
            await sql(http_harness.db, waited, id=job.id)
            await http_harness.finish(job)
        await http_harness.all_delivered(90)
    assert faults.lost > LOSSES
    there = [[one.kind for one in chat.from_bot if not one.deleted] for chat in private]
    assert there == [["animation", "photo"]] * LOSSES
    there = [[one.kind for one in chat.from_bot if not one.deleted] for chat in groups]
    assert there == [["photo"]] * LOSSES
