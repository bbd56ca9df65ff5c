"""Bot and engine are killed exactly at named points; everything arrives once, and is paid once.

With `POINTS=full` it is the real engine that is killed, at two more points.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import zip_longest
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.demo.processes import ManagedProcess, ProgramCommand, start_process
from sandbox.state.chats import SandboxChat
from store.database.database import Database
from store.files.files import Files
from store.maintenance.check import check
from store.messages.inbox import MAX_TRIES
from tests.chaos import killed_at
from tests.chaos.killed_at import BOT, DEADLY, ENGINE, PICTURE, POISON, REAL_ENGINE
from tests.fixtures.image import png
from tests.fixtures.store import sql, url

FULL = os.environ.get("POINTS") == "full"
WORLDS = 4  # side by side: most of the time goes by in waiting for leases
TIMEOUT_S = 240.0
AFTERWARDS_S = 2.0  # in which nothing more is to come
MODULES = {
    "bot": ("bot",),
    "engine": ("engine", "serve") if FULL else ("tests.chaos.light_engine",),
}
BOT_POINTS = [point.name for point in BOT]
ENGINE_POINTS = [point.name for point in (*ENGINE, *(REAL_ENGINE if FULL else ()))]

pytestmark = pytest.mark.chaos


class World:
    """A bot and an engine on one database, which die at the point that they are told."""

    def __init__(self, folder: Path, telegram: Sandbox) -> None:
        self.folder, self.telegram = folder, telegram
        self.database, self.files = url(folder / "mazok.db"), str(folder / "files")
        self.people = 0
        self._running: dict[str, ManagedProcess] = {}
        self._environment = {
            **{name: value for name, value in os.environ.items() if name[:6] != "MAZOK_"},
            "MAZOK_HOME": str(folder),
            "MAZOK_DATABASE": self.database,
            "MAZOK_FILES": self.files,
            "MAZOK_TOKEN": telegram.token,
            "MAZOK_BOT_API": telegram.url,
            "MAZOK_STEPS": "6",
            "MAZOK_THREADS": "1",
            "MAZOK_LEASE_SECONDS": "3",
        }

    async def start(self) -> None:
        """Start both programs, which start anew whenever they are killed."""
        for name, module in MODULES.items():
            command = (sys.executable, "-m", "tests.chaos.killed_at", *module)
            environment = self._environment | {killed_at.VARIABLE: str(self._order(name))}
            program = ProgramCommand(name, command)
            log = self.folder / f"{name}.log"
            self._running[name] = await start_process(program, environment, log)

    async def end(self) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def administrate(self, user_id: int) -> None:
        self._environment["MAZOK_ADMINS"] = str(user_id)

    def ask(self, text: str, photo: bytes | None = None, *, in_group: bool = False) -> SandboxChat:
        self.people += 1
        person = self.telegram.person(f"P{self.people}", language="en")
        group = self.telegram.group(f"G{self.people}", [person]) if in_group else None
        chat = group or self.telegram.private(person)
        self.telegram.say(person, chat, text, photo=photo)
        return chat

    async def let_everybody_wait(self) -> None:
        """Let each request be a minute old, so that a group is rung with its picture."""
        db = await Database.open(self.database)
        try:
            old = "UPDATE jobs SET created_ms = created_ms - 61000 WHERE id = NEW.id"
            await sql(db, f"CREATE TRIGGER late AFTER INSERT ON jobs BEGIN {old}; END")
        finally:
            await db.close()

    def order(self, name: str, point: str, *, always: bool = False) -> None:
        """Let the program die at the point: once, or each time that it comes there."""
        self._order(name).write_text(f"{point}\nalways" if always else point)

    async def killed(self, name: str, times: int) -> None:
        """Wait until the program has been killed so often in all."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while self.deaths(name) < times:
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(f"{name} does not come to the point\n{self._log(name)}")

    def deaths(self, name: str) -> int:
        return (self.folder / f"{name}.log").read_text().splitlines().count(killed_at.KILLED)

    async def serve(self, chat: SandboxChat) -> None:
        """Wait until the chat has its picture, and in private its film."""
        kinds = {"photo", "animation"} if chat.is_private else {"photo"}

        def is_served() -> bool:
            # In private an acknowledgement that was repeated keeps its button.
            return kinds <= {*_kinds(chat)} and (chat.is_private or not _is_painting(chat))

        try:
            await self.telegram.until(is_served, TIMEOUT_S)
        except TimeoutError:
            pytest.fail(f"{_kinds(chat)}\n{self._log('bot')}\n{self._log('engine')}")

    def _order(self, name: str) -> Path:
        return self.folder / f"kill-{name}-at"

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-3000:]


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[World]:
    folder.mkdir()
    async with Sandbox() as telegram:
        world = World(folder, telegram)
        try:
            yield world
        finally:
            await world.end()


def _kinds(chat: SandboxChat) -> Counter[str]:
    return Counter(message.kind for message in chat.from_bot if not message.deleted)


def _is_painting(chat: SandboxChat) -> bool:
    """Return whether a message of the chat still can be cancelled."""
    shown = [
        button for message in chat.from_bot if not message.deleted for button in message.buttons
    ]
    return any(str(button.data).startswith("cancel") for button in shown)


async def _die_at_each(world: World, bot: Sequence[str], engine: Sequence[str]) -> None:
    """Let a person ask for each pair of points, at which bot and engine die."""
    await world.start()
    for points in zip_longest(bot, engine):
        dying = [(name, point) for name, point in zip(MODULES, points, strict=True) if point]
        deaths = {name: world.deaths(name) for name in MODULES}
        for name, point in dying:
            world.order(name, point)
        photo = png(size=(64, 64)) if "person's picture" in (points[0] or "") else None
        chat = world.ask("/draw a red circle", photo)
        await asyncio.gather(*(world.killed(name, deaths[name] + 1) for name, _ in dying))
        await world.serve(chat)
        kinds = _kinds(chat)
        assert (kinds["photo"], kinds["animation"]) == (1, 1), (points, kinds)
        # A line is repeated where its answer was lost with the process.
        assert kinds["text"] <= (points[0] or "").endswith("sent, not recorded"), (points, kinds)


async def test_84_whatever_dies_around_a_groups_picture_it_arrives_once(tmp_path: Path) -> None:
    """It is sent anew, so that the phone rings: what was sent and not recorded is found."""
    async with _opened(tmp_path / "world") as world:
        await world.let_everybody_wait()
        await world.start()
        for deaths, point in enumerate(PICTURE, 1):
            world.order("bot", point.name)
            chat = world.ask("/draw a red circle", in_group=True)
            await world.killed("bot", deaths)
            await world.serve(chat)
            await asyncio.sleep(AFTERWARDS_S)
            photos = [one for one in chat.from_bot if one.kind == "photo" and not one.deleted]
            assert len(photos) == 1, point.name
            assert photos[0].buttons and len(photos[0].versions) <= 2  # it was a picture at once
            assert _kinds(chat)["text"] == 0, point.name
        await world.end()
        await _check_store(world, world.people)


async def _check_store(world: World, done: int) -> None:
    db = await Database.open(world.database)
    try:
        charges = "SELECT reason, SUM(delta) FROM ledger WHERE job_id IS NOT NULL GROUP BY reason"
        assert await sql(db, charges) == [("charge", -done)]
        assert await sql(db, "SELECT state, COUNT(*) FROM jobs GROUP BY state") == [("done", done)]
        found = await check(db, Files(world.files))
        assert [str(finding) for finding in found if finding.harmful] == []
    finally:
        await db.close()


async def test_whatever_dies_at_whichever_point_everything_arrives_once(tmp_path: Path) -> None:
    async def of_world(number: int) -> None:
        async with _opened(tmp_path / str(number)) as world:
            bot, engine = BOT_POINTS[number::WORLDS], ENGINE_POINTS[number::WORLDS]
            await _die_at_each(world, bot, engine)
            await world.end()
            await _check_store(world, world.people)

    async with asyncio.TaskGroup() as tasks:
        for number in range(WORLDS):
            tasks.create_task(of_world(number))


async def test_63_an_update_that_kills_the_bot_five_times_is_set_aside_alone(
    tmp_path: Path,
) -> None:
    """The others have come with it, and more come meanwhile: all of them are served."""
    async with _opened(tmp_path / "world") as world:
        admin = world.telegram.person("Admin", language="en")
        world.administrate(admin.id)
        office = world.telegram.private(admin)
        world.order("bot", POISON.name, always=True)
        deadly = world.ask(DEADLY)
        chats = [world.ask("/draw a red circle") for _ in range(3)]
        await world.start()
        for times in range(1, MAX_TRIES + 1):
            await world.killed("bot", times)
            chats.append(world.ask("/draw a blue square"))
        for chat in chats:
            await world.serve(chat)
        await world.telegram.until(
            lambda: any("set aside" in message.text for message in office.from_bot), TIMEOUT_S
        )
        assert deadly.from_bot == []
        await world.end()
        assert world.deaths("bot") == MAX_TRIES
        db = await Database.open(world.database)
        try:
            rows = await sql(db, "SELECT state, tries FROM inbox WHERE state <> 'done'")
            assert rows == [("set-aside", 5)]
        finally:
            await db.close()
        await _check_store(world, len(chats))
