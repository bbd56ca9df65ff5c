"""What a position sees, as a mask and as slices."""

import pytest
import torch

from engine.drafters.networks.cache import KeyValueCache
from engine.drafters.networks.masks import Pattern, attention_mask, shown_slices


@pytest.mark.parametrize("pattern", ["row", "column", "convolution", "full"])
@pytest.mark.parametrize("wraps", [False, True])
def test_slices_show_what_the_row_of_a_mask_shows(pattern: Pattern, wraps: bool) -> None:
    mask = attention_mask(pattern, 5, 6, right=3, kernel=3, wraps=wraps)
    places = torch.arange(mask.shape[1])
    for row in mask:
        seen = torch.cat([places[part] for part in shown_slices(row)])
        assert torch.equal(seen, row.nonzero().squeeze(1))


def test_the_cache_returns_the_positions_that_are_asked_for() -> None:
    cache = KeyValueCache(2, 1, 4, length=8, width=5, like=torch.zeros(1))
    keys, values = torch.randn(2, 1, 4, 8, 5)
    for position in range(8):
        one = slice(position, position + 1)
        cache.write(1, keys[:, :, one], values[:, :, one])
        if position < 7:
            cache.advance(1)
    some = cache.write(1, keys[:, :, 7:], values[:, :, 7:], [slice(2), slice(3, 8, 2)])
    assert torch.equal(some[0], keys[:, :, [0, 1, 3, 5, 7]])
    assert torch.equal(some[1], values[:, :, [0, 1, 3, 5, 7]])
    several = cache.repeated(3, 8).keys[1, :, :, :7]
    assert torch.equal(several, keys[:, :, :7].expand_as(several))


def test_a_cache_of_several_has_the_length_that_they_need_and_begins_anew() -> None:
    cache = KeyValueCache(1, 1, 2, length=3, width=5, like=torch.zeros(1))
    cache.write(0, torch.ones(1, 2, 3, 5), torch.ones(1, 2, 3, 5))
    cache.advance(3)
    several = cache.repeated(4, 9)
    assert several.keys.shape == (1, 4, 2, 9, 5)
    new = torch.zeros(4, 2, 1, 5)
    for _ in range(2):
        keys, _ = several.write(0, new, new)
        assert keys.shape[2] == 4
        several.advance(1)
        several.forget_after(3)
