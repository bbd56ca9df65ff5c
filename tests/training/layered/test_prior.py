"""How the layered prior begins, and what is measured of it."""

import torch
from torch import nn

from engine.networks.layered_prior import LayeredPrior, Vocabulary
from engine.networks.pocket_drafter import drafted
from engine.pocket.composition import CELLS, Composition, Ground, Placed
from training.layered.prior import begin_with_components, missed

WORLD = Vocabulary(("cat", "dog"), ("noto",), ("beach",), 2, ("day",), ("clear",))


def test_alike_drawings_begin_with_alike_vectors() -> None:
    torch.manual_seed(2)
    seen = torch.randn(6, 4, 8, 8)
    seen[5] = seen[0] + 0.001 * torch.randn(4, 8, 8)
    embedding = nn.Embedding(9, 4)
    untouched = embedding.weight[7].clone()
    rows = torch.tensor([8, 1, 2, 3, 4, 5])
    assert begin_with_components(embedding, rows, seen) > 0.7
    away = (embedding.weight[rows] - embedding.weight[8]).norm(dim=1)
    assert away[5] < 0.5 * away[1:5].min()
    assert torch.equal(embedding.weight[7], untouched)


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
