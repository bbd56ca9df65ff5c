"""Every behaviour of a good bot (1 to 50) has a test that names its number: `test_12_…`."""

import re
from pathlib import Path

BEHAVIOURS = range(1, 51)
NAME = re.compile(r"^(?:async )?def test_((?:\d+_)+)\D", re.MULTILINE)


def test_every_behaviour_has_a_test_that_names_it() -> None:
    named: set[int] = set()
    for path in Path(__file__).parent.rglob("test_*.py"):
        for numbers in NAME.findall(path.read_text("utf-8")):
            named |= {int(number) for number in numbers.strip("_").split("_")}
    assert named == set(BEHAVIOURS)
