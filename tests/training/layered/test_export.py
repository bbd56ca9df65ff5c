"""What of the layered prior is shipped."""

import torch

from engine.networks.layered_prior import LayeredPrior, Vocabulary
from training.layered.export import drawn_only


def test_things_that_nobody_has_drawn_are_not_shipped() -> None:
    named = Vocabulary(
        ("cat", "unicorn", "dog"), ("noto", "twemoji"), ("beach",), 2, ("day",), ("clear",)
    )
    weights = LayeredPrior(named, channels=4).state_dict()
    kept, shipped = drawn_only(weights, named, {0, 1, 5})
    assert shipped.things == ("cat", "dog")
    assert torch.equal(kept["thing.weight"], weights["thing.weight"][[0, 1, 4, 5]])
    LayeredPrior(shipped, channels=4).load_state_dict(kept)
