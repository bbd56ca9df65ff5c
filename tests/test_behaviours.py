"""Every behaviour in `docs/behaviours.md` has a test that names its number, `test_12_…`."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs/behaviours.md").read_text("utf-8")
LISTED = [int(number) for number in re.findall(r"^(\d+)\. \S", PAGE, re.MULTILINE)]
NAME = re.compile(r"^(?:async )?def test_((?:\d+_)+)\D", re.MULTILINE)


def test_the_page_numbers_its_behaviours_without_gaps() -> None:
    assert LISTED == list(range(1, len(LISTED) + 1)) != []


def test_every_behaviour_has_a_test_and_every_number_of_a_test_is_on_the_page() -> None:
    cited: set[int] = set()
    for path in TESTS.rglob("test_*.py"):
        for numbers in NAME.findall(path.read_text("utf-8")):
            cited |= {int(number) for number in numbers.strip("_").split("_")}
    assert cited - set(LISTED) == set(), "cited by tests, but not on the page"
    assert set(LISTED) - cited == set(), "on the page, but without a test"
