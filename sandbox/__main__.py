"""`python -m sandbox serve`, `python -m sandbox demo` and `python -m sandbox transcript`."""

import argparse
import asyncio
import logging
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sandbox.children import Program
from sandbox.demo import Plan, run
from sandbox.limits import Limits
from sandbox.serve import serve
from sandbox.server import HOST, TOKEN, Sandbox
from sandbox.terminal import Terminal
from sandbox.transcript import transcript_plan


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

    plan = Plan()
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
            limits=None if arguments.no_limits else Limits(),
            clock_factor=arguments.clock,
            host=arguments.host,
            port=arguments.port,
        )
        asyncio.run(serve(sandbox, lambda line: print(line, flush=True)))
    except (OSError, ValueError) as error:
        print(f"cannot serve: {error}", file=sys.stderr)
        return 2
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    plan = Plan(arguments.out, arguments.russian, arguments.english, timeout=arguments.timeout)
    if arguments.bot:
        plan = replace(plan, bot=Program("bot", shlex.split(arguments.bot)))
    if arguments.engine:
        plan = replace(plan, engine=Program("engine", shlex.split(arguments.engine)))
    return _shown(plan)


def _transcript(arguments: argparse.Namespace) -> int:
    return _shown(transcript_plan(arguments.out))


def _shown(plan: Plan) -> int:
    code = asyncio.run(run(plan, Terminal(sys.stdout)))
    try:
        sys.stdout.flush()
    except OSError:  # nobody reads any more: keep the interpreter from trying again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


if __name__ == "__main__":
    sys.exit(main())
