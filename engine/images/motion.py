"""Zoom and shift of the picture between the frames of an animation."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

EVERY = 3  # steps from frame to frame, if the request does not say
FRAMES = 60  # of an animation, if the request names no steps


@dataclass(frozen=True)
class Motion:
    """The motion of one frame: scaled by `zoom` about its centre, then shifted by pixels."""

    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)  # right, down


def move_picture(picture: Tensor, motion: Motion) -> Tensor:
    """Move a picture [n, 3, h, w] by one frame; uncovered pixels mirror the border."""
    height, width = picture.shape[2:]
    right, down = motion.shift
    inverse = torch.eye(2, 3) / motion.zoom  # from coordinates after the motion to those before
    inverse[0, 2] = -2 * right / width / motion.zoom
    inverse[1, 2] = -2 * down / height / motion.zoom
    theta = inverse.expand(len(picture), 2, 3).to(picture)
    grid = F.affine_grid(theta, list(picture.shape), align_corners=False)
    out = F.grid_sample(picture, grid, "bicubic", "reflection", align_corners=False)
    return out.clamp(0, 1)
