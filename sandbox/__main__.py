"""The sandbox's command line: `python -m sandbox serve`, `demo` or `transcript`."""

import asyncio
import logging
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.demo.demo import DemoOptions, run
from sandbox.demo.live import is_interactive, run_live
from sandbox.demo.localisation import sandbox_texts
from sandbox.demo.processes import ProgramCommand
from sandbox.demo.terminal import Terminal
from sandbox.demo.transcript import transcript_options
from sandbox.server import HOST, TOKEN, Sandbox
from sandbox.state.rate_limits import RateLimits
from store.command_line.help import help_text
from store.command_line.parse import parse
from store.command_line.program import (
    Command,
    CommandError,
    Option,
    Program,
    number,
    path,
    whole,
)
from store.system.operating_system import handle_signals, signals_to_stop
from store.texts import terminal_language

DONE, WRONG = 0, 2
PORT = 8081
_USUAL = DemoOptions()

PROGRAM = Program(
    "sandbox",
    sandbox_texts,
    {
        "": Command("sandbox"),
        "demo": Command(
            "sandbox-demo",
            (
                Option("--out", "FOLDER", path, default=str(_USUAL.out), help="demo-out"),
                Option("--russian", "PROMPT", default=_USUAL.russian, help="demo-russian"),
                Option("--english", "PROMPT", default=_USUAL.english, help="demo-english"),
                Option(
                    "--timeout",
                    "SECONDS",
                    number,
                    default=f"{_USUAL.timeout:g}",
                    help="demo-timeout",
                ),
                Option("--page", help="demo-page"),
                Option("--port", "PORT", whole, default="0", help="serve-port"),
                Option("--bot", "COMMAND", help="demo-bot"),
                Option("--engine", "COMMAND", help="demo-engine"),
            ),
        ),
        "serve": Command(
            "sandbox-serve",
            (
                Option("--port", "PORT", whole, default=str(PORT), help="serve-port"),
                Option("--host", "ADDRESS", default=HOST, help="serve-host"),
                Option("--token", "TOKEN", help="serve-token"),
                Option("--no-limits", help="serve-no-limits"),
                Option("--clock", "X", number, default="1", help="serve-clock"),
                Option("--local", "FOLDER", path, help="serve-local"),
            ),
        ),
        "transcript": Command(
            "sandbox-transcript",
            (Option("--out", "FOLDER", path, default="docs", help="transcript-out"),),
        ),
    },
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the command; return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    language = terminal_language(os.environ)
    try:
        typed = parse(PROGRAM, sys.argv[1:] if arguments is None else arguments)
    except CommandError as error:
        print(sandbox_texts()(language, error.key, **error.values), file=sys.stderr)
        return WRONG
    if typed.help or not typed.command:
        print(help_text(PROGRAM, typed.command, language))
        return DONE
    if typed.command == "serve":
        return _serve(typed.values, language)
    if typed.command == "transcript":
        return _run_demo(transcript_options(typed.values.get("out", Path("docs"))), language)
    return _demonstrate(typed.values, language)


def _serve(values: Mapping[str, Any], language: str) -> int:
    try:
        sandbox = Sandbox(
            token=values.get("token", TOKEN),
            limits=None if "no_limits" in values else RateLimits(),
            clock_factor=values.get("clock", 1.0),
            host=values.get("host", HOST),
            port=values.get("port", PORT),
            local=values.get("local"),
        )
        asyncio.run(serve_sandbox(sandbox, lambda line: print(line, flush=True)))
    except (OSError, ValueError) as error:
        reason = error if isinstance(error, OSError) else str(error)
        print(sandbox_texts()(language, "sandbox-cannot-serve", reason=reason), file=sys.stderr)
        return WRONG
    return DONE


def _demonstrate(values: Mapping[str, Any], language: str) -> int:
    """Open the page where somebody sits at a terminal, else play the prompts."""
    played = {"russian", "english", "timeout"} & values.keys()
    if "page" in values or (is_interactive() and not played):
        options, port = _demo_options(values), values.get("port", 0)
        return asyncio.run(run_live(options, Terminal(sys.stdout, language), port))
    return _run_demo(_demo_options(values), language)


def _demo_options(values: Mapping[str, Any]) -> DemoOptions:
    programs = {
        name: ProgramCommand(name, shlex.split(values[name]))
        for name in ("bot", "engine")
        if name in values
    }
    fields = {name: value for name, value in values.items() if name not in ("page", "port")}
    return replace(DemoOptions(), **{**fields, **programs})


def _run_demo(options: DemoOptions, language: str) -> int:
    code = asyncio.run(run(options, Terminal(sys.stdout, language)))
    try:
        sys.stdout.flush()
    except OSError:  # stdout is closed: keep the interpreter from flushing it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


async def serve_sandbox(sandbox: Sandbox, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; pass the addresses to `announce` once they answer."""
    stop = asyncio.Event()
    handle_signals(signals_to_stop(), lambda _: stop.set())
    async with sandbox:
        announce(f"Bot API  {sandbox.url}")
        announce(f"token    {sandbox.token}")
        announce(f"control  {sandbox.url}/sandbox/")
        announce(f"page     {sandbox.url}/")
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
