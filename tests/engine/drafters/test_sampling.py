"""Codes are drawn by their probabilities, from numbers that depend on seed and draft alone."""

import math

import pytest
import torch

from engine.drafters.sampling import Sampling, draw, uniform_numbers
from engine.errors import EngineError


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 0.0}, {"temperature": -1.0}, {"temperature": math.nan},
        {"temperature": math.inf}, {"top_p": 0.0}, {"top_p": 1.5}, {"top_p": math.nan},
        {"top_k": -1},
    ],
)  # fmt: skip
def test_values_that_mean_nothing_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(EngineError):
        Sampling(**values)  # type: ignore[arg-type]


def test_draws_follow_the_probabilities() -> None:
    logits = torch.tensor([0.0, 1.0, 2.0, -1.0, 0.5])
    probabilities = Sampling().probabilities(logits)
    numbers = uniform_numbers(5, 1, 10_000)[0]
    drawn = draw(probabilities.expand(10_000, -1), numbers)
    shares = torch.bincount(drawn, minlength=5) / 10_000
    assert (shares - probabilities).abs().max() < 0.015


def test_only_the_k_likeliest_are_drawn() -> None:
    logits = torch.arange(10.0)
    kept = Sampling(top_k=3).probabilities(logits) > 0
    assert kept.nonzero().flatten().tolist() == [7, 8, 9]


def test_the_nucleus_keeps_the_code_that_crosses_its_mass() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    kept = Sampling(top_p=0.6).probabilities(logits) > 0
    assert kept.tolist() == [True, True, False, False]
    assert (Sampling(top_p=0.4).probabilities(logits) > 0).tolist() == [True] + [False] * 3


def test_a_code_without_probability_is_never_drawn() -> None:
    probabilities = torch.tensor([[0.0, 0.5, 0.0, 0.5, 0.0]]).expand(3, -1)
    numbers = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    assert set(draw(probabilities, numbers).tolist()) <= {1, 3}


def test_a_drafts_numbers_do_not_depend_on_how_many_there_are() -> None:
    assert torch.equal(uniform_numbers(9, 4, 50), uniform_numbers(9, 8, 50)[:4])
    numbers = uniform_numbers(9, 2, 50)
    assert not torch.equal(numbers[0], numbers[1])
    assert not torch.equal(numbers, uniform_numbers(10, 2, 50))
