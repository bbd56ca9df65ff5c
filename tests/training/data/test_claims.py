"""What the texts of wishes claim."""

import random

import pytest
import torch

from training.data.claims import claims, shortened, things_of
from training.data.random_wishes import drafted_keys
from training.layered.guide import WishGuide, degraded


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


def test_the_guide_sees_and_reads() -> None:
    torch.manual_seed(0)
    guide = WishGuide().eval()
    pictures = torch.rand(2, 3, 64, 64)
    assert degraded(pictures).shape == pictures.shape
    with torch.no_grad():
        assert torch.allclose(guide.encode_images(pictures).norm(dim=1), torch.ones(2), atol=1e-4)
