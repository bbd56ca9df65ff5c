"""The art, composed as the pocket models compose: what their pictures could be at best."""

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.pocket.composition import compose
from store.reader.wish import Wish
from training.art import FOLDER
from training.data.art_bank import ArtBank
from training.data.render_composition import STYLES, CompositionPainter


def reference_art(wishes: Sequence[Wish], side: int) -> Tensor | None:
    """Draw wishes [n, 3, side, side] by hands that have drawn all their things.

    None without the bank of `training.data.art_bank`.
    """
    if not (FOLDER / "art-512.u8").exists():
        return None
    painter, rng = CompositionPainter(ArtBank(), side), random.Random(7)
    drawn = []
    for wish in wishes:
        composition = compose(wish, rng)
        able = [s for s in STYLES if all(painter.has(one.key, s) for one in composition.things)]
        if able:
            drawn.append(painter(composition, rng.choice(able)))
    return torch.stack(drawn)
