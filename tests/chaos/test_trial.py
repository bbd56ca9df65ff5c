"""A short form of the trial for the record, on one machine and on a cluster."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.__main__ import table
from tests.chaos.trial import Outcome, Plan, Trial
from tests.fixtures.cluster.postgresql import is_installed

ONE_MACHINE = Plan(False, jobs=12, kills=4, restarts=0, bots=1, engines=2, pause_s=4.0)
CLUSTER = Plan(True, jobs=20, kills=6, restarts=1, bots=2, engines=3, pause_s=4.0)


@pytest.mark.chaos
@pytest.mark.parametrize("plan", [ONE_MACHINE, CLUSTER], ids=["sqlite", "cluster"])
async def test_whatever_is_killed_or_cut_nothing_is_lost_or_doubled(
    plan: Plan, tmp_path: Path
) -> None:
    if plan.cluster and not is_installed():
        pytest.skip("PostgreSQL is not installed")
    outcome = await Trial(plan, tmp_path).run()
    assert outcome.is_whole, outcome
    assert outcome.killed.total() == plan.kills and outcome.restarts == plan.restarts


@pytest.mark.chaos
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_trial_that_is_stopped_leaves_no_process(how: int, tmp_path: Path) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("processes are not listed in /proc")
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = (sys.executable, "-m", "tests.chaos", "--only", "sqlite", "--jobs", "5")
    trial = await asyncio.create_subprocess_exec(*command, env=environment)
    async with asyncio.timeout(120):
        while len(_processes_in(tmp_path)) < 4:  # itself, a bot and two engines
            await asyncio.sleep(0.1)
        trial.send_signal(how)
        assert await trial.wait() != 0
    assert _processes_in(tmp_path) == []


def _processes_in(folder: Path) -> list[int]:
    """Return the ids of the processes whose environment names a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.fsencode(folder) in (place / "environ").read_bytes():
                found.append(int(place.name))
    return found


def test_the_table_has_a_row_for_each_trial() -> None:
    text = table([(ONE_MACHINE, Outcome()), (CLUSTER, Outcome(lost=3))])
    assert table([(CLUSTER, Outcome(lost=3))], text) == text  # the other row stays
    lines = text.splitlines()
    assert len(lines) == 4 and len({line.count("|") for line in lines}) == 1
    assert lines[3].startswith("| PostgreSQL and S3, bots: 2, engines: 3 | 20 |")
