"""The demonstration in a browser: chat page, bot and engine, until Ctrl-C."""

import asyncio
import os
import secrets
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from yarl import URL

from sandbox.demo.demo import DemoOptions, environment
from sandbox.demo.machine.disk import own_disk
from sandbox.demo.machine.machine import Machine, with_own_clock
from sandbox.demo.processes import ProgramCommand
from sandbox.demo.supervisor import ENDED, Supervisor
from sandbox.demo.terminal import Terminal
from sandbox.page.people import ADMIN_ID, invite
from sandbox.server import Sandbox
from store.system.operating_system import handle_signals, restore_signals, signals_to_stop

BOARD = "board"
_FOR_EVER_S = 10.0**8  # a bot that is slow to start is waited for


async def run_live(options: DemoOptions, terminal: Terminal, port: int = 0) -> int:
    """Serve the page with bot and engine on fresh data; return 0 once a signal stopped it."""
    live = _Live(options, terminal)
    handle_signals(signals := signals_to_stop(hangup=True), live.on_signal)
    try:
        await live.run(port)
    except OSError as error:
        terminal.line(terminal.say("demo-failed", reason=error))
        return 1
    finally:
        restore_signals(signals)
    return 0


class _Live:
    def __init__(self, options: DemoOptions, terminal: Terminal) -> None:
        self._options, self._terminal = options, terminal
        self._stopped, self._kill_now = asyncio.Event(), asyncio.Event()

    def on_signal(self, number: int) -> None:
        """Stop; a second signal kills the programs at once."""
        (self._kill_now if self._stopped.is_set() else self._stopped).set()

    async def run(self, port: int) -> None:
        options = self._options
        options.logs.mkdir(parents=True, exist_ok=True)
        for name in (options.bot.name, options.engine.name, BOARD):
            (options.logs / f"{name}.log").unlink(missing_ok=True)
        async with AsyncExitStack() as stack:
            data = stack.enter_context(tempfile.TemporaryDirectory(prefix="mazok-demo-"))
            disk = stack.enter_context(own_disk(Path(data) / "disk"))
            telegram = await stack.enter_async_context(Sandbox(port=port))
            telegram.world.files.spare_folder = Path(data) / "telegram" / telegram.token
            invite(telegram)
            telegram.admins = (ADMIN_ID,)
            folder = Path(data) / "disk"
            variables = {**environment(telegram, folder), "MAZOK_ADMINS": str(ADMIN_ID)}
            board_port, token = _free_port(telegram.host), secrets.token_urlsafe(24)
            board = board_command(options.bot, board_port, token)
            address = f"http://{telegram.host}:{board_port}/{token}/"
            programs = Supervisor(
                [with_own_clock(one) for one in (options.bot, options.engine, board)],
                {**variables, **options.settings},
                options.logs,
                lambda name: self._on_change(telegram, programs, name),
                disk.started,
            )
            listen = f"{telegram.host}:{_free_port(telegram.host)}"
            telegram.programs = Machine(programs, disk, options.bot.name, listen)
            stack.push_async_callback(programs.stop_all, self._kill_now)
            self._terminal.line(self._terminal.say("live-address", address=telegram.url))
            for program in (options.bot, options.engine):
                await programs.start(program.name)
            stack.enter_context(_in_background(self._open_board(telegram, programs, address)))
            if _has_screen():
                await asyncio.to_thread(webbrowser.open, telegram.url)
            _on_enter(lambda: _start_again(programs))
            await self._stopped.wait()
            self._terminal.line(self._terminal.say("live-stopping"))

    async def _open_board(self, telegram: Sandbox, programs: Supervisor, address: str) -> None:
        """Start the board once the bot has made the store; tell its address once it answers."""
        await telegram.world.until(lambda: telegram.world.updates.polls, _FOR_EVER_S)
        await programs.start(BOARD)
        await _until_answered(URL(address))
        telegram.board = address
        telegram.programs_changed()

    def _on_change(self, telegram: Sandbox, programs: Supervisor, name: str) -> None:
        telegram.programs_changed()
        for process in programs.dead:
            if process.program.name == name:
                code = process.process.returncode
                self._terminal.line(self._terminal.say("live-ended", program=name, code=code))
                for line in process.tail(5):
                    self._terminal.line(f"  {line}")


def board_command(bot: ProgramCommand, port: int, token: str) -> ProgramCommand:
    """Return the command of the operator's board, which is the bot's program too."""
    return ProgramCommand(BOARD, (*bot.command, "board", "--port", str(port), "--token", token))


async def _until_answered(address: URL) -> None:
    """Wait until something accepts connections there."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(address.host, address.port)
            writer.close()
            return
        await asyncio.sleep(0.2)


def _free_port(host: str) -> int:
    with socket.socket() as listener:
        listener.bind((host, 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _in_background(work: Coroutine[Any, Any, None]) -> Iterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()


def is_interactive() -> bool:
    """Return whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _has_screen() -> bool:
    """Return whether a browser can open a window; on Linux there may be a terminal alone."""
    if not is_interactive() or os.environ.get("SSH_CONNECTION"):
        return False
    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


_restarts: set["asyncio.Task[None]"] = set()


def _start_again(programs: Supervisor) -> None:
    if any(state["state"] == ENDED for state in programs.states()):
        task = asyncio.get_running_loop().create_task(programs.start_all())
        _restarts.add(task)
        task.add_done_callback(_restarts.discard)


def _on_enter(act: Callable[[], None]) -> None:
    """Call `act` whenever Enter is pressed in the terminal; Windows has only the page for it."""
    if not is_interactive():
        return
    loop, typed = asyncio.get_running_loop(), sys.stdin.fileno()

    def read() -> None:
        if os.read(typed, 1024):
            act()
        else:
            loop.remove_reader(typed)

    with suppress(NotImplementedError):
        loop.add_reader(typed, read)
