"""How the layered prior begins, and what is measured of it."""

import torch
from torch import nn

from engine.networks.layered_prior import SIZE, LayeredPrior, Vocabulary
from engine.networks.pocket_drafter import drafted
from engine.pocket.composition import CELLS, Composition, Ground, Placed
from training.layered.prior import begin_with_components, missed

WORLD = Vocabulary(("cat", "dog"), ("noto",), ("beach",), 2, ("day",), ("clear",))


def test_alike_drawings_begin_with_alike_codes() -> None:
    torch.manual_seed(2)
    seen = torch.randn(6, 4, CELLS, CELLS)
    seen[5] = seen[0] + 0.01 * torch.randn(4, CELLS, CELLS)
    codes = nn.Embedding(9, SIZE)
    untouched = codes.weight[7].clone()
    rows = torch.tensor([8, 1, 2, 3, 4, 5])
    assert 0.2 < begin_with_components(codes, rows, seen) < 1
    away = (codes.weight[rows] - codes.weight[8]).norm(dim=1)
    assert away[5] < 0.1 * away[1:5].min()
    assert torch.equal(codes.weight[7], untouched)


def test_the_missed_share_is_told_for_each_kind() -> None:
    plain, red = Placed("cat"), Placed("dog", (1.0, 0.0, 0.0))
    compositions = [
        Composition(Ground(), (plain,)),
        Composition(Ground(), (red,)),
        Composition(Ground(place="beach")),
    ]
    told = drafted(WORLD, compositions, ["noto"] * 3)
    prior = LayeredPrior(WORLD, channels=4).eval()
    with torch.no_grad():
        drafts = prior.draft(told)
    drafts[1] = torch.randn(4, CELLS, CELLS)
    words = missed(prior, told, drafts)
    assert "plain 0.000" in words and "places 0.000" in words
    assert "coloured 0.000" not in words and "two or more -" in words
