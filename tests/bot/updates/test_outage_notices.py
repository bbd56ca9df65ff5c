"""While the store is away people and administrators are told once, and nothing is lost."""

import asyncio
import logging
from collections import Counter
from copy import copy
from pathlib import Path
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.methods import SendMessage

from bot.context import load_texts
from bot.updates import outage_notices
from bot.updates.outage_notices import OutageNotices
from bot.updates.polling import Polling, PollingSettings
from sandbox import Sandbox
from store.database.database import Database
from store.faults.availability import Availability
from store.files.files import Files
from store.messages import inbox
from tests.fixtures.cluster.s3 import BUCKET
from tests.fixtures.outage import full_disk
from tests.fixtures.store import only_on_sqlite, opened
from tests.fixtures.telegram.http import open_http_harness

ADMIN, ANNA, BORIS, GROUP = 300, 100, 200, -1000


def update(number: int, chat: int, language: str | None = "ru") -> dict[str, Any]:
    sender = {"id": ANNA, "is_bot": False, "first_name": "A", "language_code": language}
    return {"update_id": number, "message": {"chat": {"id": chat}, "from": sender, "text": "кот"}}


class FakeBot:
    """Records what is sent, and gives out the same updates until others are asked for."""

    def __init__(self, updates: list[dict[str, Any]]) -> None:
        self.sent: list[SendMessage] = []
        self._updates, self._asked = updates, 0

    async def __call__(self, method: Any, request_timeout: int = 0) -> Any:
        if isinstance(method, SendMessage):
            self.sent.append(method)
            return None
        if method.offset is None:
            self._asked += 1
            return self._updates[: self._asked]  # one more comes each time
        await asyncio.sleep(3600)
        raise AssertionError("it is stopped before")


def notices_of(fake: FakeBot, db: Database, files: Files, *, leads: bool = True) -> OutageNotices:
    return OutageNotices(cast(Bot, fake), load_texts(), [ADMIN], db, files, leads=lambda: leads)


@only_on_sqlite
async def test_62_in_ten_minutes_of_full_disk_no_update_is_lost_and_each_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, stop, tries = [0.0], asyncio.Event(), 300  # of two seconds each
    monkeypatch.setattr(outage_notices, "POLL_S", 0.0)
    sent = [update(1, ANNA), update(2, ANNA), update(3, BORIS, "en"), update(4, GROUP)]
    fake = FakeBot(sent)
    async with opened(tmp_path) as db:
        disk = full_disk(monkeypatch)
        db.availability = Availability("the database", clock=lambda: now[0])
        files = Files(str(tmp_path / "files"))
        notices = notices_of(fake, db, files)
        disk.full = True

        async def waiting(updates: Any) -> None:
            now[0] += 2
            await notices.tell_waiting(updates)
            await notices.look()
            disk.full = disk.refused < tries

        polling = Polling(
            *(cast(Bot, fake), db, ["message"], asyncio.Event()),
            PollingSettings(store_retry_s=0.0),
            waiting=waiting,
        )
        running = asyncio.create_task(polling.run(stop))
        async with asyncio.timeout(60):
            while await inbox.count(db, "waiting") < len(sent):
                await asyncio.sleep(0.01)
        await notices.look()
        stop.set()
        await running
    assert now[0] == 2 * tries
    assert [message.chat_id for message in fake.sent] == [ANNA, BORIS, ADMIN, ADMIN]
    anna, boris, away, back = [message.text for message in fake.sent]
    assert "не потеряется" in anna and "is not lost" in boris
    assert "nothing is lost" in away and "ничего не теряется" in away and "is back" in back


async def test_a_short_outage_is_not_worth_a_message(db: Database, tmp_path: Path) -> None:
    now = [0.0]
    db.availability = Availability("the database", clock=lambda: now[0])
    fake, files = FakeBot([]), Files(str(tmp_path / "files"))
    notices = notices_of(fake, db, files)
    db.availability.failed(ConnectionRefusedError())
    now[0] = 5.0
    await notices.tell_waiting([inbox.read_update(update(1, ANNA))])
    await notices.look()
    db.availability.succeeded()
    await notices.look()
    assert fake.sent == []


@pytest.mark.parametrize("away", ["database", "files", "both"])
@pytest.mark.parametrize("shared", ["folder", "s3"])
async def test_of_several_bots_one_tells_of_an_outage(
    away: str, shared: str, db: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """And of the next outage one of them tells again; a bot that has died meanwhile none."""
    url = str(tmp_path / "files")
    if shared == "s3":
        request.getfixturevalue("s3")
        url = f"s3://{BUCKET}/{tmp_path.name}"
    now, fake = [0.0], FakeBot([])
    bots, parts = [], []
    for number in range(3):
        database, files = copy(db), Files(url)
        of_database, of_files = (Availability("it", clock=lambda: now[0]) for _ in range(2))
        database.availability, files.availability = of_database, of_files
        parts += [of_database] * (away != "files") + [of_files] * (away != "database")
        bots.append(notices_of(fake, database, files, leads=number == 1))
    for outage in (1, 2):
        for part in parts:
            part.failed(ConnectionRefusedError())
        now[0] += 100
        for number, person in enumerate([ANNA, BORIS, ANNA]):
            waiting = [inbox.read_update(update(number, person))]
            await asyncio.gather(*(bot.tell_waiting(waiting) for bot in bots))
            await asyncio.gather(*(bot.look() for bot in bots))
        for part in parts:
            part.succeeded()
        for bot in bots:
            await bot.look()
        told = Counter(message.chat_id for message in fake.sent)
        assert told == {ANNA: outage, BORIS: outage, ADMIN: 2 * outage}  # away, and back


@only_on_sqlite
@pytest.mark.thorough
async def test_an_outage_is_one_line_whoever_works_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Polling, inbox, courier and others try again and again while the disk is full."""
    monkeypatch.setattr(outage_notices, "TELL_PEOPLE_S", 0.5)
    monkeypatch.setattr(outage_notices, "TELL_ADMINS_S", 1.0)
    monkeypatch.setattr(outage_notices, "POLL_S", 0.1)
    async with Sandbox(limits=None) as telegram, open_http_harness(tmp_path, telegram) as harness:
        anna, boris = telegram.person("Anna"), telegram.person("Boris")
        telegram.say(anna, anna, "a sunflower")
        job = await harness.claim()
        with monkeypatch.context() as patches:
            disk = full_disk(patches)
            disk.full = True
            caplog.clear()
            caplog.set_level(logging.INFO)
            for person in (anna, boris):
                telegram.say(person, person, "a red circle")
            await telegram.until(lambda: telegram.private(boris).from_bot, 60)
            await asyncio.sleep(3)
            disk.full = False
            await telegram.until(lambda: len(telegram.private(boris).from_bot) > 1, 60)
            await harness.finish(job)
            hers = telegram.private(anna)
            await telegram.until(lambda: any(one.kind == "photo" for one in hers.from_bot), 60)
    said = [record.getMessage() for record in caplog.records]
    begun = [line for line in said if "cannot be used, so everything waits" in line]
    over = [line for line in said if "can be used again" in line]
    assert len(begun) == len(over) <= 2 and len(begun) == len({line[:15] for line in begun})
    worse = [r.getMessage() for r in caplog.records if r.levelno > logging.INFO]
    assert worse == begun
    told = [message.text for message in telegram.private(boris).from_bot]
    assert sum("is not lost" in text for text in told) == 1
