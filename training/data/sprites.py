"""Puts sprites into pictures: scaled, turned, shifted, mirrored; premultiplied layers and sums."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Placement:
    """Where a sprite lies: its side in sides of the picture, its middle in halves of it."""

    scale: float
    turn: float = 0.0  # radians, clockwise
    across: float = 0.0
    down: float = 0.0
    mirrored: bool = False


def place(sprite: Tensor, where: Placement, side: int) -> Tensor:
    """Premultiplied RGBA [4, s, s] -> the same in a picture [4, side, side], empty around it."""
    layer = sprite.unsqueeze(0)
    shrinks = layer.shape[-1] / max(1.0, where.scale * side)
    while shrinks > 1.6:  # bilinear reading skips pixels where it shrinks more
        layer = F.avg_pool2d(layer, 2)
        shrinks /= 2
    cos, sin = math.cos(where.turn) / where.scale, math.sin(where.turn) / where.scale
    flip = -1.0 if where.mirrored else 1.0
    moved = (cos * where.across + sin * where.down, -sin * where.across + cos * where.down)
    theta = torch.tensor([[[cos * flip, sin * flip, -moved[0] * flip], [-sin, cos, -moved[1]]]])
    grid = F.affine_grid(theta, [1, 1, side, side], align_corners=False)
    return F.grid_sample(layer, grid, mode="bilinear", align_corners=False)[0]


def over(layer: Tensor, ground: Tensor) -> Tensor:
    """Lay a premultiplied layer [4, h, w] on an opaque picture [3, h, w]."""
    return layer[:3] + ground * (1 - layer[3:])
