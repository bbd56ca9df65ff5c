"""All of Mazok: real processes, real HTTP and one database."""

import asyncio
import io
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import imageio_ffmpeg
import pytest
import pytest_asyncio
from PIL import Image

from sandbox import Sandbox
from sandbox.demo.processes import ManagedProcess, ProgramCommand, start_process, stop_processes
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.faults import Call
from sandbox.state.world import WorldEvent
from store.database.database import Database
from tests.fixtures.image import png
from tests.fixtures.store import sql, url

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chaos]

T = TypeVar("T")

STEPS = 12
PATIENCE_S = 150.0  # for a machine that does other things too
PROGRAMS = {
    "bot": ProgramCommand("bot", (sys.executable, "-m", "bot")),
    "engine": ProgramCommand("engine", (sys.executable, "-m", "engine", "serve")),
}


class Machine:
    """Bot and engine as they run at somebody's home; either can be killed and started again."""

    def __init__(self, folder: Path, telegram: Sandbox) -> None:
        self.folder, self.telegram = folder, telegram
        self.running: dict[str, ManagedProcess] = {}
        self._starts = 0
        self._environment = {
            **{name: value for name, value in os.environ.items() if name[:6] != "MAZOK_"},
            "MAZOK_DATABASE": url(folder / "mazok.db"),
            "MAZOK_FILES": str(folder / "files"),
            "MAZOK_TOKEN": telegram.token,
            "MAZOK_BOT_API": telegram.url,
            "MAZOK_STEPS": str(STEPS),
            "MAZOK_THREADS": "1",
            "MAZOK_LEASE_SECONDS": "4",
        }

    async def start(self, name: str) -> None:
        self._starts += 1
        log = self.folder / f"{name}-{self._starts}.log"
        self.running[name] = await start_process(PROGRAMS[name], self._environment, log)

    def kill(self, name: str) -> None:
        self.running[name].signal(signal.SIGKILL)

    async def start_again(self, name: str) -> None:
        """Once the kill has come."""
        wait = self.running[name].wait()
        assert await asyncio.wait_for(wait, PATIENCE_S) == -signal.SIGKILL
        await self.start(name)

    async def until(self, look: Callable[[], T], what: str) -> T:
        try:
            return await self.telegram.until(look, PATIENCE_S)
        except TimeoutError:
            logs = sorted(self.folder.glob("*.log"))
            told = [f"{log.name}:\n{log.read_text()[-3000:]}" for log in logs]
            pytest.fail("\n".join([f"no {what} in {PATIENCE_S:.0f} s", *told]))

    async def result(self, chat: SandboxChat) -> tuple[SandboxMessage, SandboxMessage]:
        """The animation and the picture, and nothing else."""
        await self.until(lambda: chat.from_bot and chat.from_bot[-1].media, "first frame")
        await self.until(lambda: len(chat.from_bot) > 1 and chat.from_bot[-1].media, "picture")
        animation, picture = chat.from_bot
        return animation, picture


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Machine]:
    async with Sandbox() as telegram:
        machine = Machine(tmp_path_factory.mktemp("machine"), telegram)
        try:
            for name in PROGRAMS:
                await machine.start(name)
            yield machine
        finally:
            await stop_processes(machine.running.values(), asyncio.Event())


def _seed(picture: SandboxMessage) -> int:
    found = re.search(r"(?:зерно|seed) (\d+)", picture.text)
    assert found
    return int(found[1])


def _percents(status: SandboxMessage) -> list[int]:
    texts = [content.text for _, content in status.versions]
    return [int(found[1]) for text in texts if (found := re.search(r"(\d+) ?%", text))]


def _kinds(message: SandboxMessage) -> list[str]:
    """What the message was, one after the other: text, photo, animation."""
    kinds = [content.media.kind if content.media else "text" for _, content in message.versions]
    return list(dict.fromkeys(kinds))


def _written(telegram: Sandbox, chat: SandboxChat) -> list[Call]:
    """The calls that count towards the limits of a chat; a killed bot's half-sent ones do not."""
    calls = [one for one in telegram.calls if one.method.startswith(("send", "edit"))]
    calls = [one for one in calls if one.method != "sendChatAction"]
    return [one for one in calls if int(one.arguments.get("chat_id", 0)) == chat.id]


def _check_result(
    asked: SandboxMessage, animation: SandboxMessage, picture: SandboxMessage
) -> None:
    prompt = asked.text.removeprefix("/draw ")
    assert (_kinds(animation)[0], animation.kind) == ("text", "animation")
    assert _kinds(picture) == ["text", "photo"]
    assert animation.reply_to is asked and picture.reply_to is asked
    assert prompt in animation.text and prompt in picture.text
    assert animation.media and picture.media
    with Image.open(io.BytesIO(picture.media.data)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (256, 256))
        story = json.loads(getattr(image, "text", {})["Mazok"])
    assert (story["prompt"], story["seed"]) == (prompt, _seed(picture))
    assert story["steps"] == STEPS
    assert b"soun" not in animation.media.data  # the name of an MP4's track of sound


def _check_frames(animation: SandboxMessage, folder: Path) -> None:
    assert animation.media
    film = folder / "film.mp4"
    film.write_bytes(animation.media.data)
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(film)
    assert frames > 10 and seconds > 3


def _check_manners(telegram: Sandbox, chat: SandboxChat, status: SandboxMessage) -> None:
    """Within Telegram's limits, nothing said twice, and the percentage only ever rises."""
    calls = _written(telegram, chat)
    assert [one.error for one in calls if not one.ok] == []
    times = [one.at for one in calls]
    assert all(later - earlier > 0.7 for earlier, later in pairwise(times))
    assert all(sum(at <= one < at + 60 for one in times) <= 20 for at in times)
    contents = [content for _, content in status.versions]
    assert all(before != after for before, after in pairwise(contents))
    percents = _percents(status)
    assert percents == sorted(percents)


def _check_growth(status: SandboxMessage) -> None:
    """Frames come while it is painted; more than one, unless that took but a moment."""
    assert _kinds(status) == ["text", "photo", "animation"]
    frames = [at for at, content in status.versions if content.media]
    assert len(set(_percents(status))) > 1 or frames[-1] - frames[0] < 5


async def test_15_two_people_watch_their_pictures_grow_and_get_each_once(machine: Machine) -> None:
    telegram = machine.telegram
    anna, ben = telegram.person("Аня", language="ru"), telegram.person("Ben")
    home, club = telegram.private(anna), telegram.group("Art club", [anna, ben])
    russian = telegram.say(anna, home, "красный круг на синем фоне")
    await machine.until(lambda: home.from_bot, "acknowledgement")
    english = telegram.say(ben, club, "/draw a yellow star on a black background")
    for asked, chat in ((russian, home), (english, club)):
        animation, picture = await machine.result(chat)
        _check_result(asked, animation, picture)
        _check_frames(animation, machine.folder)
        _check_manners(telegram, chat, animation)
    assert "зерно" in home.from_bot[1].text and "seed" in club.from_bot[1].text
    _check_growth(home.from_bot[0])
    await _check_gif(machine, home, anna)


async def _check_gif(machine: Machine, chat: SandboxChat, person: SandboxUser) -> None:
    picture = chat.from_bot[1]
    machine.telegram.tap(picture.button("more"), by=person)
    await machine.until(lambda: len(picture.buttons) > 3, "more buttons")
    query = machine.telegram.tap(picture.button("gif"), by=person)
    await machine.until(lambda: len(chat.from_bot) == 3, "GIF")
    document = chat.from_bot[2]
    assert document.kind == "document" and document.media
    with Image.open(io.BytesIO(document.media.data)) as gif:
        assert (
            gif.format == "GIF" and getattr(gif, "n_frames", 1) > 5
        )  # frames that look alike are one
    await machine.until(lambda: query.answer, "answer to the button")


async def test_24_whatever_is_killed_in_the_middle_there_is_one_result_and_one_charge(
    machine: Machine,
) -> None:
    """The engine dies painting; the bot dies when its edit has been done but not confirmed."""
    telegram = machine.telegram
    boris = telegram.person("Борис", language="ru")
    chat = telegram.private(boris)
    telegram.say(boris, chat, "зелёный квадрат")
    await machine.until(lambda: any(map(_percents, chat.from_bot)), "progress")
    _kill_bot_at(machine, chat, "animation")
    machine.kill("engine")
    await machine.start_again("engine")
    await machine.start_again("bot")
    edits = len(_written(telegram, chat))
    animation, picture = await machine.result(chat)
    assert (animation.kind, picture.kind) == ("animation", "photo")
    repeated = _written(telegram, chat)[edits]
    assert repeated.method == "editMessageMedia" and "not modified" in (repeated.error or "")
    await _check_books(machine, boris)


async def test_3_a_bot_that_is_killed_between_acceptance_and_download_paints_from_the_photo_once(
    machine: Machine,
) -> None:
    telegram = machine.telegram
    vera = telegram.person("Вера", language="ru")
    chat = telegram.private(vera)
    telegram.fault("getFile", 500, times=1000)
    telegram.say(vera, chat, "/draw круг", photo=png(size=(64, 64)))
    await machine.until(lambda: chat.from_bot and telegram.calls_of("getFile"), "question")
    machine.kill("bot")
    await machine.start_again("bot")
    telegram.world.faults.clear()
    animation, picture = await machine.result(chat)
    assert (animation.kind, picture.kind) == ("animation", "photo")
    assert picture.media
    with Image.open(io.BytesIO(picture.media.data)) as image:
        image.load()
        assert len(json.loads(getattr(image, "text", {})["Mazok"])["pictures"]) == 1
    await _check_books(machine, vera)


async def test_7_a_bot_that_is_killed_right_after_its_first_word_has_lost_nothing(
    machine: Machine,
) -> None:
    """Not even Telegram's answer to that word has reached it, let alone another update."""
    telegram = machine.telegram
    vera = telegram.person("Вера", language="ru")
    chat = telegram.private(vera)
    _kill_bot_at(machine, chat, "text")
    telegram.say(vera, chat, "жёлтая звезда")
    await machine.until(lambda: chat.from_bot, "acknowledgement")
    await machine.start_again("bot")
    await machine.until(lambda: chat.from_bot[-1].kind == "photo", "picture")
    # Nobody can know whether the word has arrived: it is said again, and the picture comes once.
    kinds = [message.kind for message in chat.from_bot]
    assert kinds in (["text", "animation", "photo"], ["animation", "photo"])
    await _check_books(machine, vera)


def _kill_bot_at(machine: Machine, chat: SandboxChat, kind: str) -> None:
    """At the worst moment: Telegram has done what was asked, and the answer is not yet sent."""

    def watch(event: WorldEvent) -> None:
        message = event.message
        if message.chat is chat and message.sender.is_bot and message.kind == kind:
            machine.telegram.world.observers.remove(watch)
            machine.kill("bot")

    machine.telegram.world.observers.append(watch)


async def _check_books(machine: Machine, person: SandboxUser) -> None:
    db = await Database.open(url(machine.folder / "mazok.db"))
    try:
        charges = await sql(
            db,
            "SELECT reason, delta FROM ledger WHERE user_id = :id AND reason <> 'daily'",
            id=person.id,
        )
        jobs = await sql(db, "SELECT state FROM jobs WHERE user_id = :id", id=person.id)
    finally:
        await db.close()
    assert charges == [("charge", -1)]
    assert jobs == [("done",)]
