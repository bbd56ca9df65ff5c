"""`python -m tests.chaos`: the trial for the record, whose table stands in docs/reliability.md."""

import argparse
import asyncio
import re
import signal
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tests.chaos.trial import Outcome, Plan, Trial

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BLOCK = re.compile(r"(<!-- written by python -m tests.chaos -->\n)(.*?)(<!-- end of it -->)", re.S)
HEAD = (
    "setup",
    "jobs",
    "kills (bot, engine)",
    "broken connections",
    "lost answers, 429s",
    "database restarts",
    "lost",
    "doubled",
    "credits adrift",
    "given up and refunded",
    "stray lines",
    "seconds",
)


def main() -> int:
    """Run both trials, write the table, and return 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--restarts", type=int, default=5, help="of PostgreSQL")
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["sqlite", "cluster"])
    chosen = parser.parse_args()
    plan = Plan(False, chosen.jobs, chosen.kills, 0, 1, 2, chosen.pause, chosen.seed)
    far = replace(plan, cluster=True, restarts=chosen.restarts, bots=2, engines=3)
    plans = {"sqlite": plan, "cluster": far}
    outcomes = []
    for name, one in plans.items():
        if chosen.only in (None, name):
            folder = Path(tempfile.mkdtemp(prefix=f"mazok-chaos-{name}-"))
            outcome = asyncio.run(_until_signal(Trial(one, folder)))
            print(f"{name}: {outcome}; its logs are in {folder}", flush=True)
            outcomes.append((one, outcome))
    text = PAGE.read_text("utf-8")
    PAGE.write_text(BLOCK.sub(lambda block: block[1] + table(outcomes, block[2]) + block[3], text))
    return 0 if all(outcome.is_whole for _, outcome in outcomes) else 1


async def _until_signal(trial: Trial) -> Outcome:
    """Run a trial; at SIGTERM end its processes first, as asyncio does at Ctrl-C."""
    running = asyncio.ensure_future(trial.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        return await running
    except asyncio.CancelledError:
        raise SystemExit(128 + signal.SIGTERM) from None


def table(outcomes: Iterable[tuple[Plan, Outcome]], earlier: str = "") -> str:
    """Return the outcomes as a table of Markdown, with the rows of the trials not run from one."""
    rows = {row[0]: row for row in map(_cells, earlier.splitlines()[2:])}
    rows |= {row[0]: row for row in (_row(plan, outcome) for plan, outcome in outcomes)}
    shown = [HEAD, ("---",) * len(HEAD), *(rows[setup] for setup in sorted(rows, reverse=True))]
    return "".join(f"| {' | '.join(row)} |\n" for row in shown)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("| ").split("|"))


def _row(plan: Plan, outcome: Outcome) -> tuple[str, ...]:
    store = "PostgreSQL and S3" if plan.cluster else "SQLite and a folder"
    setup = f"{store}, bots: {plan.bots}, engines: {plan.engines}"
    kills = f"{outcome.killed.total()} ({outcome.killed['bot']}, {outcome.killed['engine']})"
    return (
        setup,
        str(plan.jobs),
        kills,
        str(outcome.broken),
        f"{outcome.lost_answers}, {outcome.floods}",
        str(outcome.restarts),
        str(outcome.lost),
        str(outcome.doubled),
        str(outcome.credits_adrift),
        str(outcome.refunded),
        str(outcome.stray_lines),
        f"{outcome.seconds:.0f}",
    )


if __name__ == "__main__":
    sys.exit(main())
