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
    some = cache.write(1, keys[:, :, 7:], values[:, :, 7:], [slice(0, 2), slice(3, 8, 2)])
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


def test_a_window_beside_the_prefix_holds_what_a_query_sees_of_the_rest() -> None:
    text, codes = torch.randn(2, 1, 2, 3, 5), torch.randn(2, 4, 2, 6, 5)
    first = KeyValueCache(1, 1, 2, length=3, width=5, like=torch.zeros(1))
    first.write(0, *text)
    first.advance(3)
    cache = first.repeated(4, 9, prefix=2, window=3)
    for place in range(6):
        one = slice(place, place + 1)
        visible = [slice(0, 1), slice(max(1, place), place + 2)]  # the last of the text, and codes
        seen = cache.write(0, codes[0, :, :, one], codes[1, :, :, one], visible)
        cache.advance(1)
        for found, of_text, of_codes in zip(seen, text, codes, strict=True):
            whole = torch.cat([of_text.expand(4, -1, -1, -1), of_codes], 2)
            places = [0, 1, 2, *range(2 + max(1, place), 2 + place + 2)]
            assert torch.equal(found, whole[:, :, places])
    cache.forget_after(3)
    every, _ = cache.write(0, *codes)
    assert torch.equal(every, torch.cat([text[0].expand(4, -1, -1, -1), codes[0]], 2))
