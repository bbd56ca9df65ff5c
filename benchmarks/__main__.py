"""Run `python -m benchmarks NAME`: measure the bot or the painter and store the figures as JSON."""

import argparse
import sys
from collections.abc import Sequence

from benchmarks import bot, drafters, history, memory
from benchmarks.painting import batches, compare, quality

BENCHMARKS = {
    "batches": batches,
    "bot": bot,
    "drafters": drafters,
    "history": history,
    "memory": memory,
    "painting": compare,
    "quality": quality,
}


def main(arguments: Sequence[str]) -> int:
    """Parse the command line and run one benchmark; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    subparsers = parser.add_subparsers(dest="measure", required=True)
    for name, module in BENCHMARKS.items():
        module.add_options(subparsers.add_parser(name, description=module.__doc__))
    options = parser.parse_args(arguments)
    code: int = BENCHMARKS[options.measure].run(options)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
