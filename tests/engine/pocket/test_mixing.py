"""Mixes of weighted phrases."""

import pytest

from engine.pocket.mixing import INSTEAD, read_phrases
from engine.pocket.palette import PALETTE


@pytest.mark.parametrize(
    ("phrases", "reading"),
    [
        ([("кот", 1)], "cat"),
        ([("кот", 2), ("звезда", 1)], "cat:large and star:small"),
        ([("кот", 1), ("звезда", 1)], "cat and star"),
        ([("звезда", 1), ("кот", 2)], "cat:large and star:small"),
        ([("яблоко", 1), ("красный", -1)], "apple:green"),
        ([("apple", 1), ("green", -0.5)], "apple:red"),
        ([("красное яблоко", 1), ("красный", -1)], "apple:green"),
        ([("кот", 1), ("чёрный", 1)], "cat:black; colour=black"),
        ([("кот и собака", 1), ("собака", -1)], "cat"),
        ([("кот", -1)], ""),
        ([("пустыня", 50), ("в снегу", 25)], "place=desert; weather=snowfall"),
        ([("кот", 1), ("на пляже", 1), ("закат", 1)], "cat; place=beach; time=sunset"),
        ([("кот на красном фоне", 1), ("красный фон", -1)], "cat; ground=green"),
        ([("кот в скафандре", 1), ("дом", 1)], "cat and house; left=скафандре"),
    ],
)
def test_mixes_are_read(phrases: list[tuple[str, float]], reading: str) -> None:
    assert str(read_phrases(phrases)) == reading


def test_every_colour_has_another() -> None:
    assert set(INSTEAD) == set(PALETTE)
    assert all(INSTEAD[colour] != colour for colour in INSTEAD)
