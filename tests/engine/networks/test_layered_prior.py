"""The prior of layers: its shapes, and that each layer lies where it is told."""

import torch

from engine.networks.layered_prior import ROUGH, Drafted, LayeredPrior, Vocabulary, continued
from engine.pocket.composition import CELLS

WORLD = Vocabulary(
    ("cat", "dog", "star", "tree", "house"),
    ("noto", "twemoji"),
    ("sea", "forest", "city"),
    4,
    ("day", "sunset", "night", "morning"),
    ("clear", "rain"),
)


def prior() -> LayeredPrior:
    torch.manual_seed(0)
    return LayeredPrior(WORLD, channels=8).eval()


def told(thing: list[list[int]], place: list[int], across: float = 0.0) -> Drafted:
    n, k = len(thing), len(thing[0])
    box = torch.tensor([0.4, across, 0.0]).expand(n, k, 3).clone()
    zero = torch.zeros(n, dtype=torch.long)
    return Drafted(
        torch.tensor(thing),
        torch.full((n, k, 3), -1.0),
        box,
        zero,
        torch.full((n, 6), 0.5),
        torch.tensor(place),
        zero,
        zero,
        zero,
    )


def test_a_draft_has_the_size_of_a_latent() -> None:
    with torch.no_grad():
        draft = prior().draft(told([[0, -1], [2, 3], [-1, -1]], [-1, 2, 0]))
    assert draft.shape == (3, 8, CELLS, CELLS)


def test_a_thing_lies_where_it_is_told() -> None:
    network = prior()
    with torch.no_grad():
        empty = network(told([[-1]], [-1]))
        left, right = (network(told([[1]], [-1], at)) - empty for at in (-0.5, 0.5))
    halves = CELLS // 2
    assert left[..., :halves].abs().mean() > 1.5 * left[..., halves:].abs().mean()
    assert right[..., halves:].abs().mean() > 1.5 * right[..., :halves].abs().mean()


def test_pictures_of_a_batch_do_not_meet() -> None:
    network = prior()
    with torch.no_grad():
        both = network(told([[1, 2], [3, -1]], [-1, 1]))
        alone = network(told([[3, -1]], [1]))
    assert torch.allclose(both[1:], alone, atol=1e-4)


def test_a_wide_draft_has_the_square_in_its_middle() -> None:
    network = prior()
    sides = slice(12, 12 + CELLS)
    with torch.no_grad():
        for place in (-1, 1):
            empty, thing = (network(told([[n]], [place]), (CELLS, CELLS + 24)) for n in (-1, 1))
            assert thing.shape == (1, 8, CELLS, CELLS + 24)
            there = (thing - empty).abs().mean((0, 1, 2))
            assert there[sides].mean() > 2 * torch.cat([there[:12], there[-12:]]).mean()


def test_a_place_goes_on_mirrored() -> None:
    code = torch.arange(float(ROUGH)).expand(1, 1, ROUGH, ROUGH)
    assert torch.equal(continued(code, (CELLS, CELLS)), code)
    wide = continued(code, (CELLS, CELLS + 9))
    assert wide.shape == (1, 1, ROUGH, ROUGH + 4)
    assert wide[0, 0, -1].tolist() == [1, 0, *range(ROUGH), ROUGH - 1, ROUGH - 2]
    assert wide[0, 0, 0].tolist() == [3, 3, *range(ROUGH), 3, 3]
    assert continued(code, (CELLS + 8, CELLS))[0, 0, :3, 0].tolist() == [3, 0, 0]
