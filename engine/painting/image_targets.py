"""Pictures as targets: what the guides see in them, beside what they read in the words."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.defaults import CutoutParams
from engine.guides.guide import Guide
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.painting.losses import EmbeddingTarget
from engine.painting.style import CROPS
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from engine.images.inputs import Pictures
    from engine.painting.plan import Plan

ImageAim = tuple[Guide, EmbeddingTarget]  # what a guide looks for

VIEWS = 32  # of each picture, once


def add_image_targets(
    words: Sequence[ImageAim], request: DrawRequest, plan: "Plan", pictures: "Pictures"
) -> list[ImageAim]:
    """Each guide with its phrases and every target picture; all share a picture's weight evenly."""
    found = list(words)
    for one in request.targets:
        picture, weight = pictures(one.source), one.weight / len(found)
        found = [
            (guide, target.joined(shown(guide, picture, plan.cutting, weight)))
            for guide, target in found
        ]
    return found


def style_targets(
    words: Sequence[ImageAim], request: DrawRequest, plan: "Plan", pictures: "Pictures"
) -> list[ImageAim]:
    """Each guide with the style picture, if there is one, seen through the style's crops."""
    if request.style is None:
        return []
    picture, weight = pictures(request.style), plan.style_weight / len(words)
    return [(guide, shown(guide, picture, CROPS, weight)) for guide, _ in words]


@torch.no_grad()
def shown(guide: Guide, picture: Tensor, cutting: CutoutParams, weight: float) -> EmbeddingTarget:
    """A picture [1, 3, h, w] as a target: the mean direction of what a guide sees in its views.

    The views are cut like the painting's, so that the aspect is kept, but straight, clean and never
    mirrored; they are the same every time. In squared chords, the mean distance to many vectors is
    that to their mean, but for a constant: so one stands for all that the notebooks compare with.
    """
    straight = replace(cutting, flip=0, turn=0, shift=0, perspective=0, colour=0, noise=0)
    chance = torch.Generator().manual_seed(0)
    views = sample_cutouts(
        straight, VIEWS, (picture.shape[2], picture.shape[3]), guide.side, chance
    )
    seen = guide.encode_image(apply_cutouts(picture, views.to(picture.device)))
    return EmbeddingTarget(F.normalize(seen.mean(0, keepdim=True), dim=1), [weight], [-math.inf])
