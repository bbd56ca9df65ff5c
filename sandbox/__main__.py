"""The sandbox's command line: `python -m sandbox serve`, `demo` or `transcript`."""

import argparse
import asyncio
import logging
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sandbox.demo.demo import DemoOptions, run
from sandbox.demo.processes import ProgramCommand
from sandbox.demo.terminal import Terminal
from sandbox.demo.transcript import transcript_options
from sandbox.server import HOST, TOKEN, Sandbox
from sandbox.state.rate_limits import RateLimits
from store.system.operating_system import handle_signals, signals_to_stop


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the command; return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    options = _build_parser().parse_args(arguments)
    handler: Callable[[argparse.Namespace], int] = options.handler
    return handler(options)


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True)

    command = commands.add_parser("serve", help="a local stand-in for Telegram's Bot API")
    command.add_argument("--port", type=int, default=8081)
    command.add_argument("--host", default=HOST)
    command.add_argument("--token", default=TOKEN)
    command.add_argument("--no-limits", action="store_true", help="without flood control")
    command.add_argument("--clock", type=float, default=1.0, help="seconds that pass in one second")
    command.add_argument(
        "--local", type=Path, metavar="FOLDER", help="as a server that runs with --local"
    )
    command.set_defaults(handler=_serve)

    options = DemoOptions()
    command = commands.add_parser(
        "demo", help="the bot, the engine and two people, on this machine"
    )
    command.add_argument(
        "--out", type=Path, default=options.out, help="folder of the pictures and logs"
    )
    command.add_argument("--russian", default=options.russian, metavar="PROMPT")
    command.add_argument("--english", default=options.english, metavar="PROMPT")
    command.add_argument("--timeout", type=float, default=options.timeout, metavar="SECONDS")
    command.add_argument("--bot", metavar="COMMAND", help="instead of `python -m bot`")
    command.add_argument("--engine", metavar="COMMAND", help="instead of `python -m engine serve`")
    command.set_defaults(handler=_demo)

    command = commands.add_parser(
        "transcript", help="a real run, written down as its people see it"
    )
    command.add_argument("--out", type=Path, default=Path("docs"), help="folder of transcript.md")
    command.set_defaults(handler=_transcript)
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    try:
        sandbox = Sandbox(
            token=arguments.token,
            limits=None if arguments.no_limits else RateLimits(),
            clock_factor=arguments.clock,
            host=arguments.host,
            port=arguments.port,
            local=arguments.local,
        )
        asyncio.run(serve_sandbox(sandbox, lambda line: print(line, flush=True)))
    except (OSError, ValueError) as error:
        print(f"cannot serve: {error}", file=sys.stderr)
        return 2
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    options = DemoOptions(
        arguments.out, arguments.russian, arguments.english, timeout=arguments.timeout
    )
    if arguments.bot:
        options = replace(options, bot=ProgramCommand("bot", shlex.split(arguments.bot)))
    if arguments.engine:
        options = replace(options, engine=ProgramCommand("engine", shlex.split(arguments.engine)))
    return _run_demo(options)


def _transcript(arguments: argparse.Namespace) -> int:
    return _run_demo(transcript_options(arguments.out))


def _run_demo(options: DemoOptions) -> int:
    code = asyncio.run(run(options, Terminal(sys.stdout)))
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
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
