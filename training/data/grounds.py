"""Plain grounds of pictures: flat, shaded, softly textured."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def shaded(first: Tensor, second: Tensor, angle: float, side: int) -> Tensor:
    """Return a gradient [3, side, side] from one colour [3] to another; angle 0 is to the right."""
    line = torch.linspace(-1, 1, side)
    ramp = math.cos(angle) * line.view(1, side) + math.sin(angle) * line.view(side, 1)
    ramp = (ramp * 0.36 + 0.5).clamp(0, 1)
    return first.view(3, 1, 1) * (1 - ramp) + second.view(3, 1, 1) * ramp


def textured(ground: Tensor, amount: float, cells: int, generator: torch.Generator) -> Tensor:
    """Return the ground with soft spots, `cells` along each side."""
    spots = torch.randn(1, 3, cells, cells, generator=generator)
    side = ground.shape[-1]
    spots = F.interpolate(spots, size=(side, side), mode="bicubic", align_corners=False)[0]
    return (ground + spots * amount).clamp(0, 1)


def random_ground(side: int, generator: torch.Generator, colour: Tensor | None = None) -> Tensor:
    """Draw a ground around a colour [3], or around any: a third each flat, shaded, textured."""
    any_colour = torch.rand(3, generator=generator)
    first = any_colour if colour is None else colour
    kind = int(torch.randint(3, (), generator=generator))
    if kind == 0:
        return first.view(3, 1, 1).expand(3, side, side).clone()
    drift = (0.2 if colour is None else 0.06) * torch.randn(3, generator=generator)
    angle = 2 * math.pi * float(torch.rand((), generator=generator))
    ground = shaded(first, (first + drift).clamp(0, 1), angle, side)
    return ground if kind == 1 else textured(ground, 0.03, 6, generator)
