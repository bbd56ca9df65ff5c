"""`python -m benchmarks MEASURE`: what bot and painter take here, told and kept as JSON."""

import argparse
import sys
from collections.abc import Sequence

from benchmarks import bot, memory

MEASURES = {"bot": bot, "memory": memory}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    measures = parser.add_subparsers(dest="measure", required=True)
    for name, module in MEASURES.items():
        module.options(measures.add_parser(name, description=module.__doc__))
    chosen = parser.parse_args(arguments)
    code: int = MEASURES[chosen.measure].run(chosen)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
