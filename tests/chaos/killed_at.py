"""Run a program that is killed at named points: `python -m tests.chaos.killed_at MODULE …`.

MODULE is run in a child process, as `python -m MODULE` would, and again whenever it was killed. Its
public functions at the points are watched from outside. The process that comes to the point named
by the file KILL_AT deletes the file and gets SIGKILL; if a second line says "always" the file
stays, so that each process dies there.
"""

import os
import runpy
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

VARIABLE = "KILL_AT"
KILLED = "killed, and started anew"  # a line of the output
SLOW = {"bot": "bot.app", "engine": "engine.worker.run"}  # imported once, for all the processes
DEADLY = "a deadly picture"  # the words of the update at the last point of BOT
Matches = Callable[[tuple[Any, ...], Any], bool]


@dataclass(frozen=True)
class Point:
    """Before or after a call of `function` (module:name) with such arguments and such a result."""

    name: str
    when: str
    function: str
    matches: Matches = lambda arguments, result: True


def _has_result(arguments: tuple[Any, ...], result: Any) -> bool:
    return bool(result)


def _of_kind(kind: str) -> Matches:
    return lambda arguments, result: arguments[1].kind == kind


def _of_key(part: str) -> Matches:
    return lambda arguments, result: part in arguments[1]


def _is_deadly(arguments: tuple[Any, ...], result: Any) -> bool:
    message = arguments[2].message
    return message is not None and message.text == DEADLY


INBOX, OUTBOX, FILES = "store.messages.inbox", "store.messages.outbox", "store.files.files:Files"
SENT = f"{OUTBOX}:mark_delivered"
PICTURE = (
    Point("picture about to be sent", "after", f"{OUTBOX}:note_sending"),
    Point("picture sent, not recorded", "before", SENT, _of_kind("picture")),
    Point("picture recorded", "after", SENT, _of_kind("picture")),
)
BOT = (
    Point("update fetched, not stored", "before", f"{INBOX}:receive"),
    Point("update stored, not confirmed", "after", f"{INBOX}:receive"),
    Point("update claimed, not handled", "after", f"{INBOX}:claim", _has_result),
    Point("job and charge written, not committed", "after", "store.jobs.enqueue:enqueue_message"),
    Point("job committed, update not finished", "after", "store.jobs:enqueue"),
    Point("update handled, not finished", "before", f"{INBOX}:finish"),
    Point("update finished", "after", f"{INBOX}:finish"),
    Point("person's picture fetched, not written", "before", f"{FILES}.write", _of_key("inputs/")),
    Point("person's picture written, not recorded", "before", "store.jobs.inputs:mark_arrived"),
    Point("person's picture recorded", "after", "store.jobs.inputs:mark_arrived"),
    Point("message claimed, not sent", "after", f"{OUTBOX}:claim_due", _has_result),
    Point("acknowledgement sent, not recorded", "before", SENT, _of_kind("ack")),
    Point("acknowledgement recorded", "after", SENT, _of_kind("ack")),
    Point("animation sent, not recorded", "before", SENT, _of_kind("animation")),
    Point("animation recorded", "after", SENT, _of_kind("animation")),
    *PICTURE,
)
POISON = Point("deadly update begun", "before", "aiogram:Dispatcher.feed_update", _is_deadly)
ENGINE = (
    Point("job claimed, not begun", "after", "store.jobs:claim", _has_result),
    Point("step painted, not recorded", "before", "store.jobs:beat"),
    Point("step recorded", "after", "store.jobs:beat"),
    Point("picture not written", "before", f"{FILES}.write", _of_key(".png")),
    Point("picture written, film not", "after", f"{FILES}.write", _of_key(".png")),
    Point("files written, job not done", "before", "store.jobs:finish"),
    Point("job done, not committed", "after", "store.jobs.lease:enqueue_message"),
    Point("job done and committed", "after", "store.jobs:finish"),
)
REAL_ENGINE = (
    Point("latent not written", "before", f"{FILES}.write", _of_key("latent")),
    Point("latent written, not recorded", "after", f"{FILES}.write", _of_key("latent")),
    Point("painted, film not made", "before", "engine.worker.job_painter:animations"),
)


def watch(point: Point) -> None:
    """Let this process die at the point, if it is the one named at the time."""
    module, _, path = point.function.partition(":")
    parent: Any = import_module(module)
    *parents, name = path.split(".")
    for part in parents:
        parent = getattr(parent, part)
    setattr(parent, name, _watched(point, getattr(parent, name)))


def _watched(point: Point, act: Callable[..., Any]) -> Callable[..., Any]:
    def look(when: str, arguments: tuple[Any, ...], result: Any = None) -> None:
        if point.when == when and point.matches(arguments, result):
            _die_at(point.name)

    @wraps(act)
    async def watched_coroutine(*arguments: Any, **names: Any) -> Any:
        look("before", arguments)
        result = await act(*arguments, **names)
        look("after", arguments, result)
        return result

    @wraps(act)
    def watched(*arguments: Any, **names: Any) -> Any:
        look("before", arguments)
        result = act(*arguments, **names)
        look("after", arguments, result)
        return result

    return watched_coroutine if iscoroutinefunction(act) else watched


def _die_at(name: str) -> None:
    order = Path(os.environ[VARIABLE])
    lines = order.read_text().splitlines() if order.exists() else []
    if lines[:1] == [name]:
        if lines[1:] != ["always"]:
            order.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Watch the points of bot or engine, and run the module with the arguments after it."""
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    for point in (*BOT, POISON) if module == "bot" else (*ENGINE, *REAL_ENGINE):
        watch(point)
    import_module(SLOW.get(module, module))
    while (child := os.fork()) != 0:
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))
        print(KILLED, flush=True)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
