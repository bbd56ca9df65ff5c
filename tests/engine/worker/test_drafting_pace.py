"""How long a drafter takes that has drawn nothing yet."""

from engine.worker.drafting_pace import seconds_per_byte, with_pace
from store.reader.drafters import OfferedDrafter, as_stored


def expected(name: str) -> OfferedDrafter:
    """Return the drafter with its pace where a row and a byte take a nanosecond."""
    return with_pace(OfferedDrafter(name, name), lambda rows: rows * 1e-9)


def test_more_codes_and_larger_weights_take_longer() -> None:
    rudolph, malevich, mini = map(expected, ("rudolph", "malevich", "dalle_mini"))
    assert rudolph.seconds and malevich.seconds and mini.seconds
    assert malevich.seconds > 4 * rudolph.seconds  # as many more codes, and larger weights
    assert mini.seconds > rudolph.seconds  # two rows for each draft, though of its decoder alone


def test_one_of_a_sheet_has_its_part_of_one_reading_of_the_weights() -> None:
    rudolph = with_pace(OfferedDrafter("rudolph", "RUDOLPH"), lambda rows: 1e-9)
    assert rudolph.seconds and rudolph.of_sheet == rudolph.seconds / 4


def test_the_expected_pace_is_stored_with_the_engine() -> None:
    drafters = (expected("rudolph"), OfferedDrafter("old", "Old"))
    assert OfferedDrafter.stored(as_stored(drafters)) == drafters
    earlier = '[{"name": "old", "title": "Old", "reads": []}]'
    assert OfferedDrafter.stored(earlier) == drafters[1:]


def test_the_device_is_measured() -> None:
    assert 0 < seconds_per_byte("cpu", 4) < 1e-7  # slower than any machine that can paint
