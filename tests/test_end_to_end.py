"""All of Mazok: real processes, real HTTP and one database."""

import asyncio
import io
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
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
from tests.fixtures.cluster.databases import ON_POSTGRESQL
from tests.fixtures.cluster.s3 import BUCKET, s3_server
from tests.fixtures.image import png
from tests.fixtures.store import sql, url

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chaos]

T = TypeVar("T")

STEPS = 12
TIMEOUT_S = 300.0  # generous, for busy machines
PROGRAMS = {
    "bot": ProgramCommand("bot", (sys.executable, "-m", "bot")),
    "engine": ProgramCommand("engine", (sys.executable, "-m", "engine", "serve")),
}


class Machine:
    """Bot and engine as processes, which can be killed and restarted."""

    def __init__(self, folder: Path, telegram: Sandbox, files: str) -> None:
        self.folder, self.telegram = folder, telegram
        self.running: dict[str, ManagedProcess] = {}
        self._starts = 0
        self._environment = {
            **{name: value for name, value in os.environ.items() if name[:6] != "MAZOK_"},
            "MAZOK_DATABASE": url(folder / "mazok.db"),
            "MAZOK_FILES": files,
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
        self.running[name].kill()

    async def restart(self, name: str) -> None:
        """Restart a program once it has been killed."""
        wait = self.running[name].wait()
        assert await asyncio.wait_for(wait, TIMEOUT_S) == -signal.SIGKILL
        await self.start(name)

    async def until(self, condition: Callable[[], T], expected: str) -> T:
        try:
            return await self.telegram.until(condition, TIMEOUT_S)
        except TimeoutError:
            logs = sorted(self.folder.glob("*.log"))
            log_ends = [f"{log.name}:\n{log.read_text()[-3000:]}" for log in logs]
            pytest.fail("\n".join([f"no {expected} in {TIMEOUT_S:.0f} s", *log_ends]))

    async def result(self, chat: SandboxChat) -> tuple[SandboxMessage, SandboxMessage]:
        """Return the animation and the picture, which are the only messages."""
        await self.until(lambda: chat.from_bot and chat.from_bot[-1].media, "first frame")
        await self.until(lambda: len(chat.from_bot) > 1 and chat.from_bot[-1].media, "picture")
        animation, picture = chat.from_bot
        return animation, picture


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    async with AsyncExitStack() as stack:
        files = str(folder / "files")
        if ON_POSTGRESQL:  # then all of it is a cluster's
            stack.enter_context(s3_server())
            files = f"s3://{BUCKET}/{folder.name}"
        telegram = await stack.enter_async_context(Sandbox())
        machine = Machine(folder, telegram, files)
        try:
            for name in PROGRAMS:
                await machine.start(name)
            yield machine
        finally:
            await stop_processes(machine.running.values(), asyncio.Event())


def _seed(picture: SandboxMessage) -> int:
    match = re.search(r"(?:зерно|seed) (\d+)", picture.text)
    assert match
    return int(match[1])


def _percents(status: SandboxMessage) -> list[int]:
    texts = [content.text for _, content in status.versions]
    return [int(match[1]) for text in texts if (match := re.search(r"(\d+) ?%", text))]


def _kinds(message: SandboxMessage) -> list[str]:
    """Return what the message was in turn: text, photo, animation."""
    kinds = [content.media.kind if content.media else "text" for _, content in message.versions]
    return list(dict.fromkeys(kinds))


def _shown(chat: SandboxChat) -> list[str]:
    """Return the kinds of the bot's messages in a chat."""
    return [message.kind for message in chat.from_bot]


def _sending_calls(telegram: Sandbox, chat: SandboxChat) -> list[Call]:
    """Return the calls that count towards a chat's limits, without those cut off by a kill."""
    calls = [call for call in telegram.calls if call.method.startswith(("send", "edit"))]
    calls = [call for call in calls if call.method != "sendChatAction"]
    return [call for call in calls if int(call.arguments.get("chat_id", 0)) == chat.id]


def _check_result(
    request: SandboxMessage, animation: SandboxMessage, picture: SandboxMessage
) -> None:
    prompt = request.text.removeprefix("/draw ").removesuffix(", with animation")
    assert (_kinds(animation)[0], animation.kind) == ("text", "animation")
    assert _kinds(picture) == ["photo"]
    assert animation.reply_to is request and picture.reply_to is request
    assert prompt in animation.text and prompt in picture.text
    assert animation.media and picture.media
    with Image.open(io.BytesIO(picture.media.data)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (512, 512))
        metadata = json.loads(getattr(image, "text", {})["Mazok"])
    assert (metadata["prompt"], metadata["seed"]) == (prompt, _seed(picture))
    assert metadata["steps"] == STEPS
    assert b"soun" not in animation.media.data  # the handler of an MP4's audio track


def _check_frames(animation: SandboxMessage, folder: Path) -> None:
    assert animation.media
    video = folder / "film.mp4"
    video.write_bytes(animation.media.data)
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(video)
    assert frames > 10 and seconds > 3


def _check_limits_and_order(telegram: Sandbox, chat: SandboxChat, status: SandboxMessage) -> None:
    """Check Telegram's limits, that edits change something, and that progress increases."""
    calls = _sending_calls(telegram, chat)
    assert [call.error for call in calls if not call.ok] == []
    times = [call.at for call in calls]
    assert all(later - earlier > 0.7 for earlier, later in pairwise(times))
    assert all(sum(start <= time < start + 60 for time in times) <= 20 for start in times)
    contents = [content for _, content in status.versions]
    assert all(before != after for before, after in pairwise(contents))
    percents = _percents(status)
    assert percents == sorted(percents)


def _check_growth(status: SandboxMessage) -> None:
    """Check that several frames were shown, unless painting took only a moment."""
    assert _kinds(status) == ["text", "photo", "animation"]
    frames = [at for at, content in status.versions if content.media]
    assert len(set(_percents(status))) > 1 or frames[-1] - frames[0] < 5


async def test_15_two_people_watch_their_pictures_grow_and_get_each_once(machine: Machine) -> None:
    telegram = machine.telegram
    anna, ben = telegram.person("Аня", language="ru"), telegram.person("Ben")
    home, club = telegram.private(anna), telegram.group("Art club", [anna, ben])
    russian = telegram.say(anna, home, "красный круг на синем фоне")
    await machine.until(lambda: home.from_bot, "acknowledgement")
    english = telegram.say(ben, club, "/draw a yellow star on a black background, with animation")
    for request, chat in ((russian, home), (english, club)):
        animation, picture = await machine.result(chat)
        _check_result(request, animation, picture)
        _check_frames(animation, machine.folder)
        _check_limits_and_order(telegram, chat, animation)
    assert "зерно" in home.from_bot[1].text and "seed" in club.from_bot[1].text
    _check_growth(home.from_bot[0])
    await _check_gif(machine, home, anna)


async def _check_gif(machine: Machine, chat: SandboxChat, user: SandboxUser) -> None:
    picture = chat.from_bot[1]
    machine.telegram.tap(picture.button("more"), by=user)
    await machine.until(lambda: len(picture.buttons) > 3, "more buttons")
    query = machine.telegram.tap(picture.button("gif"), by=user)
    await machine.until(lambda: len(chat.from_bot) == 3, "GIF")
    document = chat.from_bot[2]
    assert document.kind == "document" and document.media
    with Image.open(io.BytesIO(document.media.data)) as gif:
        assert gif.format == "GIF" and getattr(gif, "n_frames", 1) > 5  # equal frames are merged
    await machine.until(lambda: query.answer, "answer to the button")


async def test_24_whatever_is_killed_in_the_middle_there_is_one_result_and_one_charge(
    machine: Machine,
) -> None:
    """The engine is killed while painting; the bot when its edit is done but not confirmed."""
    telegram = machine.telegram
    boris = telegram.person("Борис", language="ru")
    chat = telegram.private(boris)
    telegram.say(boris, chat, "зелёный квадрат")
    await machine.until(lambda: any(map(_percents, chat.from_bot)), "progress")
    _kill_bot_at(machine, chat, "animation")
    machine.kill("engine")
    await machine.restart("engine")
    await machine.restart("bot")
    edits = len(_sending_calls(telegram, chat))
    animation, picture = await machine.result(chat)
    assert (animation.kind, picture.kind) == ("animation", "photo")
    repeated = _sending_calls(telegram, chat)[edits]
    assert repeated.method == "editMessageMedia" and "not modified" in (repeated.error or "")
    await _check_accounting(machine, boris)


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
    await machine.restart("bot")
    telegram.world.faults.clear()
    # The first word is repeated where the bot died before Telegram's answer to it.
    await machine.until(lambda: _shown(chat)[-2:] == ["animation", "photo"], "picture")
    picture = chat.from_bot[-1]
    assert picture.media and len(chat.from_bot) <= 3
    with Image.open(io.BytesIO(picture.media.data)) as image:
        image.load()
        assert len(json.loads(getattr(image, "text", {})["Mazok"])["pictures"]) == 1
    await _check_accounting(machine, vera)


async def test_7_a_bot_that_is_killed_right_after_its_first_word_has_lost_nothing(
    machine: Machine,
) -> None:
    """Telegram's answer to that message never arrives, nor does another update."""
    telegram = machine.telegram
    vera = telegram.person("Вера", language="ru")
    chat = telegram.private(vera)
    _kill_bot_at(machine, chat, "text")
    telegram.say(vera, chat, "жёлтая звезда")
    await machine.until(lambda: chat.from_bot, "acknowledgement")
    await machine.restart("bot")
    # A photo after the animation is the picture; before it, a preview.
    await machine.until(lambda: _shown(chat)[-2:] == ["animation", "photo"], "picture")
    # The bot cannot know whether the message arrived: it is repeated, and the picture comes once.
    assert _shown(chat) in (["text", "animation", "photo"], ["animation", "photo"])
    await _check_accounting(machine, vera)


def _kill_bot_at(machine: Machine, chat: SandboxChat, kind: str) -> None:
    """Kill the bot when Telegram has executed the call but not yet answered it."""

    def watch(event: WorldEvent) -> None:
        message = event.message
        if message.chat is chat and message.sender.is_bot and message.kind == kind:
            machine.telegram.world.observers.remove(watch)
            machine.kill("bot")

    machine.telegram.world.observers.append(watch)


async def _check_accounting(machine: Machine, user: SandboxUser) -> None:
    db = await Database.open(url(machine.folder / "mazok.db"))
    try:
        charges = await sql(
            db,
            "SELECT reason, delta FROM ledger WHERE user_id = :id AND reason <> 'daily'",
            id=user.id,
        )
        jobs = await sql(db, "SELECT state FROM jobs WHERE user_id = :id", id=user.id)
    finally:
        await db.close()
    assert charges == [("charge", -1)]
    assert jobs == [("done",)]
