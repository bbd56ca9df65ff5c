"""How much a film grows: what its frames have in common with the last one."""

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 64  # pixels at which frames are compared


def correlation_with_last(frames: Tensor) -> Tensor:
    """Return the correlation of each frame [n, 3, h, w] with the last [n]; 1 means no growth."""
    small = F.interpolate(frames, size=(SIDE, SIDE), mode="area").flatten(1)
    centred = small - small.mean(1, keepdim=True)
    unit = centred / centred.norm(dim=1, keepdim=True).clamp(min=1e-6)
    found: Tensor = unit @ unit[-1]
    return found


def growth(frames: Tensor, tenths: int = 10) -> Tensor:
    """Return the correlation with the last frame at the limits of the tenths [tenths + 1]."""
    at = torch.linspace(0, len(frames) - 1, tenths + 1).round().long()
    return correlation_with_last(frames)[at]


def standstill(frames: Tensor, tenths: int = 10) -> float:
    """Return the least mean change of a pixel from a tenth of the film to the next, 0..1."""
    at = torch.linspace(0, len(frames) - 1, tenths + 1).round().long()
    chosen = F.interpolate(frames[at], size=(SIDE, SIDE), mode="area")
    return float(chosen.diff(dim=0).abs().mean((1, 2, 3)).min())
