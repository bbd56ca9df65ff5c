"""Zoom and shift: between the frames of a film the picture itself is moved, and painted on."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

EVERY = 3  # steps from frame to frame, where the request leaves it open
FRAMES = 60  # of a film, where the request names no steps


@dataclass(frozen=True)
class Motion:
    """One frame's way: it grows by `zoom` about its middle, then goes (right, down) by pixels."""

    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)


def move_picture(picture: Tensor, motion: Motion) -> Tensor:
    """The picture [n, 3, h, w] after one frame's way; what comes into sight mirrors the border."""
    height, width = picture.shape[2:]
    right, down = motion.shift
    back = torch.eye(2, 3) / motion.zoom  # from a place after the move to the one before it
    back[0, 2] = -2 * right / width / motion.zoom
    back[1, 2] = -2 * down / height / motion.zoom
    theta = back.expand(len(picture), 2, 3).to(picture)
    grid = F.affine_grid(theta, list(picture.shape), align_corners=False)
    out = F.grid_sample(picture, grid, "bicubic", "reflection", align_corners=False)
    return out.clamp(0, 1)
