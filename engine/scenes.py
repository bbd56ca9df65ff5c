"""The scenes of a prompt as the guides see them: targets of words, of noise and of pictures."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.album import Pictures
from engine.likeness import Aim, style_aims, with_pictures
from engine.losses import Target
from engine.models import Models
from engine.plan import Plan
from store.options import NoisePrompt
from store.request import DrawRequest


@dataclass(frozen=True)
class Scene:
    """What the picture is painted towards for a while."""

    targets: list[Aim]
    crops: list[Aim]  # of a style, looked for in small parts
    weight: float  # of all targets together, whatever their signs


def scenes_of(
    request: DrawRequest, models: Models, plan: Plan, pictures: Pictures
) -> tuple[Scene, ...]:
    """One for each scene of the request; its noise prompts and pictures work in all of them."""
    found = []
    for phrases in request.scenes:
        words = models.targets(phrases)
        noisy = [(guide, _with_noise(t, request.noise_prompts, len(words))) for guide, t in words]
        targets = with_pictures(noisy, request, plan, pictures)
        crops = style_aims(targets, request, plan, pictures)
        weight = sum(float(target.weights.abs().sum()) for _, target in [*targets, *crops])
        found.append(Scene(targets, crops, weight))
    return tuple(found)


def _with_noise(target: Target, prompts: tuple[NoisePrompt, ...], guides: int) -> Target:
    """A random direction in the guide's space for each prompt (Crowson 2021); guides share it."""
    if not prompts:
        return target
    width = target.vectors.shape[1]
    noise = torch.stack([_direction(seed, width) for seed, _ in prompts])
    weights = [weight / guides for _, weight in prompts]
    return target.joined(Target(noise.to(target.vectors), weights, [-math.inf] * len(prompts)))


def _direction(seed: int, width: int) -> Tensor:
    return F.normalize(torch.randn(width, generator=torch.Generator().manual_seed(seed)), dim=0)
