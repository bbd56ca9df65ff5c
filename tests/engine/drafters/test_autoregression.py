"""Grids are the same however many are drawn at once, and wherever the drawing began anew."""

from collections.abc import Callable

import pytest
import torch

from engine.drafters.autoregression import CodeReader, draw_codes, reading_orders
from engine.drafters.codes import Codes
from engine.drafters.dalle_mini import GuidedReader
from engine.drafters.rudalle import TextCodeReader
from engine.drafters.sampling import Sampling, uniform_numbers
from engine.drafters.second_stage.drafter import PrefixReader
from tests.engine.drafters import small_models
from tests.engine.drafters.small_models import SIDE

Reader = Callable[[int], CodeReader]
ALL_CODES = Sampling()
WORDS = [2, 5, 9, 13, 3, 35, 36, 37]


def rudalle(count: int) -> CodeReader:
    return TextCodeReader(small_models.rudalle(), WORDS, count)


def rudalle_v2(count: int) -> CodeReader:
    return TextCodeReader(small_models.rudalle(leading=True), [2, *WORDS], count)


def rudolph(count: int) -> CodeReader:
    return TextCodeReader(small_models.rudalle(right=5), WORDS, count)


def second_stage(count: int) -> CodeReader:
    return PrefixReader(small_models.gpt(condition=1), torch.tensor([7]), count)


READERS = pytest.mark.parametrize("reader", [rudalle, rudalle_v2, rudolph, second_stage])


def grids(
    reader: CodeReader,
    start: Codes,
    *,
    side: int = SIDE,
    sampling: Sampling = ALL_CODES,
    seed: int = 1,
) -> list[Codes]:
    _, height, width = start.indices.shape
    orders = reading_orders(height, width, side)
    with torch.no_grad():
        numbers = uniform_numbers(seed, len(start.indices), height * width)
        return list(draw_codes(reader, start, orders, sampling, numbers))


@READERS
def test_a_row_is_shown_at_a_time_and_the_last_grid_is_complete(reader: Reader) -> None:
    shown = grids(reader(2), Codes.unknown(2, SIDE, SIDE))
    assert [int(codes.known.sum()) for codes in shown] == [4, 8, 12, 16]
    assert shown[-1].complete
    assert not torch.equal(shown[-1].indices[0], shown[-1].indices[1])


@READERS
def test_drafts_drawn_together_are_those_drawn_alone(reader: Reader) -> None:
    many = grids(reader(4), Codes.unknown(4, SIDE, SIDE))[-1].indices
    few = grids(reader(2), Codes.unknown(2, SIDE, SIDE))[-1].indices
    one = grids(reader(1), Codes.unknown(1, SIDE, SIDE))[-1].indices
    assert torch.equal(many[:2], few)
    assert torch.equal(many[:1], one)


@READERS
def test_a_drawing_that_goes_on_after_any_row_ends_the_same(reader: Reader) -> None:
    shown = grids(reader(2), Codes.unknown(2, SIDE, SIDE))
    for codes in shown[:-1]:
        resumed = grids(reader(2), Codes.restored(codes.state()))[-1]
        assert torch.equal(resumed.indices, shown[-1].indices)
        assert torch.allclose(resumed.perplexities, shown[-1].perplexities)


@READERS
def test_given_cells_stay_and_steer_what_follows(reader: Reader) -> None:
    free = grids(reader(1), Codes.unknown(1, SIDE, SIDE))[-1].indices[0]
    known = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    known[:2] = True
    given = (free + 1) % small_models.CODES
    drawn = grids(reader(2), Codes.given(2, given, known))[-1].indices
    assert torch.equal(drawn[0][known], given[known])
    assert torch.equal(drawn[1][known], given[known])
    assert not torch.equal(drawn[0][~known], free[~known])


def test_given_cells_in_the_middle_of_rows_stay() -> None:
    known = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    known[:, 1] = True
    given = torch.full((SIDE, SIDE), 5)
    drawn = grids(rudalle(1), Codes.given(1, given, known))[-1].indices[0]
    assert drawn[:, 1].tolist() == [5] * SIDE


def test_the_likeliest_code_needs_no_seed() -> None:
    start = Codes.unknown(1, SIDE, SIDE)
    first, other = (
        grids(rudalle(1), start, sampling=Sampling(top_k=1), seed=seed)[-1].indices
        for seed in (1, 2)
    )
    assert torch.equal(first, other)


@pytest.mark.parametrize("size", [(6, 4), (9, 4), (4, 7), (4, 10), (4, 12), (3, 4)])
def test_tall_wide_and_short_grids_are_complete_and_go_on_where_they_stopped(
    size: tuple[int, int],
) -> None:
    shown = grids(rudalle(2), Codes.unknown(2, *size))
    assert shown[-1].complete
    middle = shown[len(shown) // 2]
    assert torch.equal(grids(rudalle(2), middle)[-1].indices, shown[-1].indices)


def test_a_tall_grids_rows_follow_as_many_rows_as_they_are_far_down() -> None:
    tops = [order[0].item() // 4 for order in reading_orders(8, 4, 4)]
    assert tops == [0, 1, 2, 3, 4]
    for order in reading_orders(8, 4, 4):
        assert len(order) <= 4 * 4


def test_a_wide_grids_strips_share_their_halves() -> None:
    columns = [sorted({cell % 8 for cell in order.tolist()}) for order in reading_orders(4, 8, 4)]
    assert columns == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]


@pytest.mark.parametrize("size", [(6, 8), (5, 5), (2, 3), (4, 3)])
def test_other_grids_have_no_reading_order(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no reading order"):
        reading_orders(*size, 4)


def test_guided_drafts_do_not_depend_on_those_beside_them() -> None:
    encoder, decoder = small_models.bart()
    words = torch.ones(2, 64, dtype=torch.long)
    words[0, :2] = torch.tensor([0, 2])
    words[1, :4] = torch.tensor([0, 9, 20, 2])
    known = torch.ones(16, 16, dtype=torch.bool)
    known[14:] = False
    start = torch.full((16, 16), 3)

    def drawn(count: int) -> torch.Tensor:
        reader = GuidedReader(encoder, decoder, words, count, guidance=3.0)
        codes = Codes.given(count, start, known)
        return grids(reader, codes, side=16, sampling=Sampling(top_k=256))[-1].indices

    assert torch.equal(drawn(3)[:1], drawn(1))
