"""`python -m sandbox serve`, `python -m sandbox demo` and `python -m sandbox transcript`."""

import argparse
import asyncio
import logging
import os
import shlex
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sandbox.demo.demo import DemoPlan, run
from sandbox.demo.processes import ProgramCommand
from sandbox.demo.terminal import Terminal
from sandbox.demo.transcript import transcript_plan
from sandbox.server import HOST, TOKEN, Sandbox
from sandbox.state.rate_limits import RateLimits


def main() -> int:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    arguments = _parser().parse_args()
    act: Callable[[argparse.Namespace], int] = arguments.act
    return act(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True)

    one = commands.add_parser("serve", help="a local stand-in for Telegram's Bot API")
    one.add_argument("--port", type=int, default=8081)
    one.add_argument("--host", default=HOST)
    one.add_argument("--token", default=TOKEN)
    one.add_argument("--no-limits", action="store_true", help="without flood control")
    one.add_argument("--clock", type=float, default=1.0, help="seconds that pass in one second")
    one.set_defaults(act=_serve)

    plan = DemoPlan()
    one = commands.add_parser("demo", help="the bot, the engine and two people, on this machine")
    one.add_argument("--out", type=Path, default=plan.out, help="folder of the pictures and logs")
    one.add_argument("--russian", default=plan.russian, metavar="PROMPT")
    one.add_argument("--english", default=plan.english, metavar="PROMPT")
    one.add_argument("--timeout", type=float, default=plan.timeout, metavar="SECONDS")
    one.add_argument("--bot", metavar="COMMAND", help="instead of `python -m bot`")
    one.add_argument("--engine", metavar="COMMAND", help="instead of `python -m engine serve`")
    one.set_defaults(act=_demo)

    one = commands.add_parser("transcript", help="a real run, written down as its people see it")
    one.add_argument("--out", type=Path, default=Path("docs"), help="folder of transcript.md")
    one.set_defaults(act=_transcript)
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    try:
        sandbox = Sandbox(
            token=arguments.token,
            limits=None if arguments.no_limits else RateLimits(),
            clock_factor=arguments.clock,
            host=arguments.host,
            port=arguments.port,
        )
        asyncio.run(serve_sandbox(sandbox, lambda line: print(line, flush=True)))
    except (OSError, ValueError) as error:
        print(f"cannot serve: {error}", file=sys.stderr)
        return 2
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    plan = DemoPlan(arguments.out, arguments.russian, arguments.english, timeout=arguments.timeout)
    if arguments.bot:
        plan = replace(plan, bot=ProgramCommand("bot", shlex.split(arguments.bot)))
    if arguments.engine:
        plan = replace(plan, engine=ProgramCommand("engine", shlex.split(arguments.engine)))
    return _shown(plan)


def _transcript(arguments: argparse.Namespace) -> int:
    return _shown(transcript_plan(arguments.out))


def _shown(plan: DemoPlan) -> int:
    code = asyncio.run(run(plan, Terminal(sys.stdout)))
    try:
        sys.stdout.flush()
    except OSError:  # nobody reads any more: keep the interpreter from trying again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


async def serve_sandbox(sandbox: Sandbox, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is told the addresses once they answer."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with sandbox:
        announce(f"Bot API  {sandbox.url}")
        announce(f"token    {sandbox.token}")
        announce(f"control  {sandbox.url}/sandbox/")
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
