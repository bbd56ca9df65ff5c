"""The scenes of a prompt as the guides see them: targets of words, and of noise."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.guides import Guide
from engine.losses import Target
from engine.models import Models
from store.options import NoisePrompt
from store.request import DrawRequest


@dataclass(frozen=True)
class Scene:
    """What the picture is painted towards for a while."""

    targets: list[tuple[Guide, Target]]
    weight: float  # of all targets together, whatever their signs


def scenes_of(request: DrawRequest, models: Models) -> tuple[Scene, ...]:
    """One for each scene of the request; its noise prompts work in all of them."""
    found = []
    for phrases in request.scenes:
        targets = models.targets(phrases)
        noisy = [
            (guide, _with_noise(t, request.noise_prompts, len(targets))) for guide, t in targets
        ]
        weight = sum(abs(phrase.weight) for phrase in phrases)
        weight += sum(abs(weight) for _, weight in request.noise_prompts)
        found.append(Scene(noisy, weight))
    return tuple(found)


def _with_noise(target: Target, prompts: tuple[NoisePrompt, ...], guides: int) -> Target:
    """A random direction in the guide's space for each prompt (Crowson 2021); guides share it."""
    if not prompts:
        return target
    width = target.vectors.shape[1]
    noise = torch.stack([_direction(seed, width) for seed, _ in prompts])
    weights = [weight / guides for _, weight in prompts]
    return Target(
        torch.cat([target.vectors, noise.to(target.vectors)]),
        [*target.weights.tolist(), *weights],
        [*target.stops.tolist(), *[-math.inf] * len(prompts)],
    )


def _direction(seed: int, width: int) -> Tensor:
    return F.normalize(torch.randn(width, generator=torch.Generator().manual_seed(seed)), dim=0)
