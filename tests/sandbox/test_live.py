"""The demonstration in a browser, with small programs instead of the bot and the engine."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp

from sandbox.demo.processes import ProgramCommand
from sandbox.demo.supervisor import Supervisor
from tests.fixtures.telegram.demonstration import IDLE, WAIT_S, live_demo


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


async def _until_started(log: Path, times: int) -> int:
    """Return the number of the process that the log's last line names."""
    async with asyncio.timeout(WAIT_S):
        while not log.exists() or log.read_text("utf-8").count("I am") < times:
            await asyncio.sleep(0.02)
    return int(log.read_text("utf-8").split()[-1])


async def test_the_page_is_there_with_its_people_until_ctrl_c_ends_all(tmp_path: Path) -> None:
    async with live_demo(tmp_path) as live:
        async with aiohttp.ClientSession(live.url) as session:
            async with session.get("/") as response:
                assert "Mazok" in await response.text()
            async with session.get("/sandbox/chats") as response:
                assert len(await response.json()) == 6
        numbers = [await _until_started(tmp_path / f"{one}.log", 1) for one in ("bot", "engine")]
        live.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(live.process.wait(), WAIT_S) == 0
        assert not any(map(_is_running, numbers))


async def test_a_program_that_dies_is_named_and_started_again(tmp_path: Path) -> None:
    async with live_demo(tmp_path) as live:
        number = await _until_started(tmp_path / "engine.log", 1)
        os.kill(number, signal.SIGKILL)
        assert "engine ended, exit code -9. Enter starts it again" in await live.line()
        assert (await live.program("engine", "start"))["state"] == "running"
        assert await _until_started(tmp_path / "engine.log", 2) != number
        killed = await live.program("bot", "kill")
        assert killed["code"] == -signal.SIGKILL
        assert "bot ended" in "".join([await live.line() for _ in range(3)])
        assert (await live.program("engine", "stop"))["state"] == "stopped"
        live.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(live.process.wait(), WAIT_S) == 0


async def test_a_program_is_started_once_and_not_after_the_end(tmp_path: Path) -> None:
    program = ProgramCommand("bot", (sys.executable, "-c", IDLE))
    programs = Supervisor([program], dict(os.environ), tmp_path, lambda name: None)
    await asyncio.gather(programs.start("bot"), programs.start("bot"))
    number = await _until_started(tmp_path / "bot.log", 1)
    assert programs.numbers() == [number]
    restart = asyncio.create_task(programs.act("bot", "stop"))
    await asyncio.sleep(0)
    await programs.stop_all(asyncio.Event())
    await restart
    await programs.start("bot")
    assert programs.running() == [] and not _is_running(number)
    assert (tmp_path / "bot.log").read_text("utf-8").count("I am") == 1
