"""What differs between Linux, macOS and Windows: signals, process groups, priority, folders."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

ChildProcess: TypeAlias = "asyncio.subprocess.Process | subprocess.Popen[bytes]"


def signals_to_stop(*, hangup: bool = False) -> list[signal.Signals]:
    """Return the signals of this platform that ask a program to stop.

    hangup: also the one that a terminal sends when it is closed.
    """
    names = ("SIGTERM", "SIGINT", "SIGBREAK", *(["SIGHUP"] if hangup else []))
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def handle_signals(
    numbers: Iterable[signal.Signals], receive: Callable[[signal.Signals], None]
) -> None:
    """Call `receive` in the running loop when one of the signals arrives."""
    loop = asyncio.get_running_loop()

    def pass_on(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(receive, signal.Signals(number))

    for number in numbers:
        try:
            loop.add_signal_handler(number, receive, number)
        except NotImplementedError:  # Windows
            signal.signal(number, pass_on)


def restore_signals(numbers: Iterable[signal.Signals]) -> None:
    """End the process at the next of these signals, as it was before `handle_signals`."""
    for number in numbers:
        try:
            asyncio.get_running_loop().remove_signal_handler(number)
        except NotImplementedError:
            usual = signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)


def lower_priority(steps: int) -> None:
    """Let other programs of this machine go first; Windows leaves the priority as it is."""
    if hasattr(os, "nice"):
        os.nice(steps)


def sync(path: Path) -> None:
    """Fsync the bytes of a file or the names in a folder.

    Windows opens no folder; its file system journals names by itself.
    """
    folder = path.is_dir()
    try:
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    except PermissionError:
        if not folder:
            raise
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def own_process_group() -> dict[str, Any]:
    """Return options of a child process that Ctrl-C in the terminal shall not reach."""
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def stop_group(process: ChildProcess) -> None:
    """Ask a child process of `own_process_group`, and its children, to stop."""
    _signal_group(process, getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))


def kill_group(process: ChildProcess) -> None:
    """Kill a child process of `own_process_group`; where there are groups its children too."""
    if hasattr(signal, "SIGKILL"):
        _signal_group(process, signal.SIGKILL)
    elif process.returncode is None:
        process.kill()


def _signal_group(process: ChildProcess, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        (os.killpg if hasattr(os, "killpg") else os.kill)(process.pid, number)


def ui_language() -> str | None:
    """Return the language of the user interface, such as `ru_RU`, where the system tells it."""
    import ctypes
    import locale

    if not hasattr(ctypes, "windll"):
        return None
    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage())


def free_bytes(folder: Path) -> int | None:
    """Return the free bytes where a folder is; None if it cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
