"""What surrounds bot and engine in the demonstration: a disk, a clock and the way of updates."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from sandbox.demo.machine import launcher
from sandbox.demo.machine.disk import FULL, READ_ONLY, WELL, Disk, LimitedDisk
from sandbox.demo.machine.machine import Machine
from sandbox.demo.processes import ProgramCommand
from sandbox.demo.supervisor import Supervisor
from tests.fixtures.telegram.demonstration import IDLE, WAIT_S, live_demo
from tests.fixtures.telegram.sandbox import post

HOUR = 3600.0
_CLOCK = "import time\nwhile True:\n    print(time.time(), flush=True)\n    time.sleep(0.02)\n"
_WRITER = """
import time
while True:
    try:
        with open("written", "wb") as file:
            file.write(b"x")
        print("well", flush=True)
    except OSError as error:
        print(error.errno, flush=True)
    time.sleep(0.02)
"""
# On a disk in memory, in a process of its own: whoever mounts has other mounts from then on.
_MEMORY_DISK = """
import sys
from pathlib import Path
from sandbox.demo.machine.disk import FULL, READ_ONLY, WELL, MemoryDisk, own_disk

def write(name):
    try:
        (folder / name).write_bytes(bytes(100_000))
        return "well"
    except OSError as error:
        return error.strerror

folder = Path(sys.argv[1])
with own_disk(folder) as disk:
    if isinstance(disk, MemoryDisk):
        for state in (WELL, FULL, WELL, READ_ONLY, WELL):
            disk.change(state, ())
            print(write(state))
print("left", len(list(folder.iterdir())))
"""


def test_a_clock_jumps_while_timers_go_on(tmp_path: Path) -> None:
    (tmp_path / "telling.py").write_text(_CLOCK, "utf-8")
    with subprocess.Popen(
        (sys.executable, "-m", launcher.__name__, "telling"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}", launcher.AHEAD: str(HOUR)},
    ) as process:
        assert process.stdin and process.stdout
        first = float(process.stdout.readline())
        assert first - time.time() == pytest.approx(HOUR, abs=60)
        process.stdin.write(f"{-2 * HOUR}\n")
        process.stdin.flush()
        told = next(told for line in process.stdout if (told := float(line)) < first)
        assert told - time.time() == pytest.approx(-HOUR, abs=60)
        process.stdin.close()  # as when whoever started it was killed
        assert process.wait(WAIT_S) == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits other processes")
def test_a_limited_process_cannot_write_until_the_disk_is_well(tmp_path: Path) -> None:
    disk = LimitedDisk()
    with subprocess.Popen(
        (sys.executable, "-c", _WRITER), stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stdout and process.stdout.readline() == "well\n"
        disk.change(FULL, [process.pid])
        assert next(line for line in process.stdout if line != "well\n") == "27\n"  # EFBIG
        disk.change(WELL, [process.pid])
        assert next(line for line in process.stdout if line != "27\n") == "well\n"
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux mounts such disks")
def test_a_disk_in_memory_is_filled_and_made_read_only_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    command = (sys.executable, "-c", _MEMORY_DISK, str(folder))
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told.pop() == "left 0"
    if told:  # mounting is allowed here
        full, read_only = "No space left on device", "Read-only file system"
        assert told == ["well", full, "well", read_only, "well"]


class _StubbornDisk(Disk):
    can = (READ_ONLY,)
    needs_stop = (READ_ONLY,)


async def test_changes_of_the_disk_follow_one_another_and_what_it_ended_lives_again(
    tmp_path: Path,
) -> None:
    name, disk = "engine", _StubbornDisk()
    command = ProgramCommand(name, (sys.executable, "-c", IDLE))
    programs = Supervisor([command], dict(os.environ), tmp_path, lambda name: None)
    machine = Machine(programs, disk, "bot", "127.0.0.1:1")
    await programs.start(name)
    changes = [machine.surround({"disk": state}) for state in (READ_ONLY, WELL, READ_ONLY)]
    await asyncio.gather(*changes)
    assert disk.state == READ_ONLY
    await programs.act(name, "kill")
    async with asyncio.timeout(WAIT_S):
        while not programs.dead:
            await asyncio.sleep(0.02)
    await machine.surround({"disk": WELL})
    assert programs.running() == [name]
    await programs.stop_all(asyncio.Event())


async def test_the_page_switches_the_bot_to_a_webhook_and_back(tmp_path: Path) -> None:
    program = "import os, time; print(os.environ.get('MAZOK_WEBHOOK'), flush=True); time.sleep(600)"
    log = tmp_path / "bot.log"

    async def last_line(count: int) -> str:
        async with asyncio.timeout(WAIT_S):
            while not log.exists() or len(lines := log.read_text("utf-8").splitlines()) < count:
                await asyncio.sleep(0.02)
        return lines[-1]

    async with live_demo(tmp_path, program) as live, aiohttp.ClientSession(live.url) as session:
        assert await last_line(1) == "None"
        told = await post(session, "/sandbox/surround", webhook=True)
        assert told["surroundings"]["webhook"]
        assert (await last_line(2)).startswith("http://127.0.0.1:")
        await post(session, "/sandbox/surround", webhook=False)
        assert await last_line(3) == "None"
        async with session.post("/sandbox/surround", json={"weather": "bad"}) as refused:
            assert refused.status == 400
        live.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(live.process.wait(), WAIT_S) == 0
