"""What the texts of wishes claim."""

import random

import pytest
import torch

from engine.pocket.scorer import SIDE
from store.reader.wish import Wish, WishedThing
from training.data.claims import claims, plain_claims, shortened, things_of, wish_of
from training.data.random_wishes import drafted_keys
from training.layered.guide import between, degraded, encoded, first_scorer


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cat", {"cat"}),
        ("cat:black", {"cat", "cat:black"}),
        ("cat:black and dog", {"cat", "cat:black", "dog"}),
        ("polar bear on ice; place=snow", {"polar bear", "ice", "relation on", "place=snow"}),
        ("place=sea; time=sunset", {"place=sea", "time=sunset"}),
        ("apple:5; ground=red", {"apple", "apple:5", "ground=red"}),
    ],
)
def test_claims_are_told_apart(text: str, told: set[str]) -> None:
    assert claims(text) == told


def test_a_shorter_text_claims_less() -> None:
    rng = random.Random(3)
    for text in ("cat:black:large with ball:red; place=beach; time=night", "place=sea", "star:red"):
        for _ in range(40):
            shorter = shortened(text, rng)
            assert shorter and claims(shorter) <= claims(text)


def test_names_of_several_words_stay_whole() -> None:
    for key in drafted_keys():
        assert things_of(key) == ("", [key])
    assert things_of("hot dog with ice cream") == ("with", ["hot dog", "ice cream"])


def test_a_description_tells_neither_numbers_nor_sizes_nor_relations() -> None:
    wish = wish_of("cat:black:large with ball:3; place=sea")
    assert wish == Wish((WishedThing("cat", "black"), WishedThing("ball")), place="sea")
    assert plain_claims("apple:5 on plate:2; ground=red") == {"apple", "plate", "ground=red"}


def test_what_the_guide_is_shown_keeps_its_size_and_range() -> None:
    torch.manual_seed(0)
    pictures = torch.rand(3, 3, SIDE, SIDE)
    for shown in (degraded(pictures), between(pictures)):
        assert shown.shape == pictures.shape
        assert shown.min() >= 0 and shown.max() <= 1 and not torch.equal(shown, pictures)
    seen = encoded(first_scorer(), pictures)
    assert torch.allclose(seen.norm(dim=1), torch.ones(3), atol=1e-4)
