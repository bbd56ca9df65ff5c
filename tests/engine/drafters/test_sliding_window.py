"""A grid larger than the model's window is the same in whatever batches it is drawn."""

import math

import pytest
import torch

from engine.drafters.codes import Codes
from engine.drafters.sampling import Sampling, uniform_numbers
from engine.drafters.second_stage.sliding_window import SlidingWindow, place_in_window
from tests.engine.drafters import small_models
from tests.engine.drafters.small_models import CODES, SIDE

SIZE = (6, 9)


def condition() -> torch.Tensor:
    return torch.randint(CODES, SIZE, generator=torch.Generator().manual_seed(0))


def drawn(count: int, batch: int, start: Codes | None = None) -> list[Codes]:
    window = SlidingWindow(small_models.gpt(), condition(), SIDE, batch)
    numbers = uniform_numbers(4, count, math.prod(SIZE))
    return list(window.draw(start or Codes.unknown(count, *SIZE), Sampling(), numbers))


def test_the_window_does_not_cross_the_grids_edges() -> None:
    for size in (4, 5, 6, 9, 17):
        for number in range(size):
            place = place_in_window(number, size, SIDE)
            assert 0 <= number - place <= size - SIDE
            assert 0 <= place < SIDE


def test_batches_and_the_number_of_drafts_change_nothing() -> None:
    one_by_one = drawn(1, 1)[-1].indices
    assert torch.equal(drawn(1, 64)[-1].indices, one_by_one)
    assert torch.equal(drawn(3, 64)[-1].indices[:1], one_by_one)


def test_a_drawing_that_goes_on_ends_the_same() -> None:
    shown = drawn(2, 8)
    assert shown[-1].complete
    assert len(shown) > 3
    for codes in shown[:-1]:
        assert torch.equal(drawn(2, 8, codes)[-1].indices, shown[-1].indices)


def test_given_cells_stay() -> None:
    known = torch.zeros(SIZE, dtype=torch.bool)
    known[2:4, 3:6] = True
    given = torch.full(SIZE, 7)
    grid = drawn(1, 8, Codes.given(1, given, known))[-1].indices[0]
    assert (grid[known] == 7).all()


def test_a_grid_smaller_than_a_window_is_refused() -> None:
    with pytest.raises(ValueError, match="smaller"):
        SlidingWindow(small_models.gpt(), torch.zeros(3, 9, dtype=torch.long), SIDE)
