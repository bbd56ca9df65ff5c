"""Every behaviour in `docs/behaviours.md` has a test that names its number, `test_12_…`."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs/behaviours.md").read_text("utf-8")
LISTED = [int(number) for number in re.findall(r"^(\d+)\. \S", PAGE, re.MULTILINE)]
OVER_HTTP = re.compile(r"^from (?:tests\.fixtures\.telegram\.http|sandbox) import ", re.MULTILINE)
FIRST_OVER_HTTP = 51  # the older ones are tested handler by handler
NAME = re.compile(r"^(?:async )?def test_((?:\d+_)+)\D", re.MULTILINE)


def test_the_page_numbers_its_behaviours_without_gaps() -> None:
    assert LISTED == list(range(1, len(LISTED) + 1)) != []


def test_every_behaviour_has_a_test_and_every_number_of_a_test_is_on_the_page() -> None:
    cited = set().union(*map(_cited, TESTS.rglob("test_*.py")))
    assert cited - set(LISTED) == set(), "cited by tests, but not on the page"
    assert set(LISTED) - cited == set(), "on the page, but without a test"


def test_every_behaviour_from_51_on_is_tested_with_the_whole_bot_over_http() -> None:
    whole = [path for path in TESTS.rglob("test_*.py") if OVER_HTTP.search(path.read_text("utf-8"))]
    cited = set().union(*map(_cited, whole))
    assert {number for number in LISTED if number >= FIRST_OVER_HTTP} - cited == set()


def _cited(path: Path) -> set[int]:
    """Return the numbers in the names of a file's tests."""
    names = NAME.findall(path.read_text("utf-8"))
    return {int(number) for numbers in names for number in numbers.strip("_").split("_")}
