"""A short form of the trial for the record, on one machine and on a cluster."""

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


def test_the_table_has_a_row_for_each_trial() -> None:
    text = table([(ONE_MACHINE, Outcome()), (CLUSTER, Outcome(lost=3))])
    assert table([(CLUSTER, Outcome(lost=3))], text) == text  # the other row stays
    lines = text.splitlines()
    assert len(lines) == 4 and len({line.count("|") for line in lines}) == 1
    assert lines[3].startswith("| PostgreSQL and S3, bots: 2, engines: 3 | 20 |")
