"""The scenes of a prompt as the guides see them: targets of words, of noise and of pictures."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.images.inputs import Pictures
from engine.models import LoadedModels
from engine.painting.image_targets import ImageAim, add_image_targets, style_targets
from engine.painting.losses import EmbeddingTarget
from engine.painting.plan import Plan
from store.request.options import NoisePrompt
from store.request.request import DrawRequest


@dataclass(frozen=True)
class SceneTargets:
    """What the picture is painted towards for a while."""

    targets: list[ImageAim]
    crops: list[ImageAim]  # of a style, looked for in small parts
    weight: float  # of all targets together, whatever their signs


def scenes_of(
    request: DrawRequest, models: LoadedModels, plan: Plan, pictures: Pictures
) -> tuple[SceneTargets, ...]:
    """One for each scene of the request; its noise prompts and pictures work in all of them."""
    found = []
    for phrases in request.scenes:
        words = models.targets(phrases)
        noisy = [(guide, _with_noise(t, request.noise_prompts, len(words))) for guide, t in words]
        targets = add_image_targets(noisy, request, plan, pictures)
        crops = style_targets(targets, request, plan, pictures)
        weight = sum(float(target.weights.abs().sum()) for _, target in [*targets, *crops])
        found.append(SceneTargets(targets, crops, weight))
    return tuple(found)


def _with_noise(
    target: EmbeddingTarget, prompts: tuple[NoisePrompt, ...], guides: int
) -> EmbeddingTarget:
    """A random direction in the guide's space for each prompt (Crowson 2021); guides share it."""
    if not prompts:
        return target
    width = target.vectors.shape[1]
    noise = torch.stack([_direction(seed, width) for seed, _ in prompts])
    weights = [weight / guides for _, weight in prompts]
    return target.joined(
        EmbeddingTarget(noise.to(target.vectors), weights, [-math.inf] * len(prompts))
    )


def _direction(seed: int, width: int) -> Tensor:
    return F.normalize(torch.randn(width, generator=torch.Generator().manual_seed(seed)), dim=0)
