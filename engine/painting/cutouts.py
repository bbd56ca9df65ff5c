"""Random views of a picture, drawn and warped as one batch: one homography each, one sampling."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.defaults import CutoutParams


@dataclass(frozen=True)
class Cutouts:
    """One draw of random views, before any picture is looked at."""

    homography: Tensor  # [n, 3, 3]: a view's coordinates in -1..1 -> the picture's, in pixels
    shrink: Tensor  # [n]: the picture's pixels per pixel of the view
    colour: Tensor  # [n, 3, 3]
    bias: Tensor  # [n, 3]
    noise: Tensor  # [n, 3, side, side]

    def chunks(self, size: int) -> list["Cutouts"]:
        """The same views, at most so many together."""
        columns = (self.homography, self.shrink, self.colour, self.bias, self.noise)
        return [Cutouts(*part) for part in zip(*(c.split(size) for c in columns), strict=True)]

    def to(self, device: torch.device) -> "Cutouts":
        """The same views on another device."""
        return Cutouts(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


def sample_cutouts(
    cutting: CutoutParams, count: int, size: tuple[int, int], side: int, generator: torch.Generator
) -> Cutouts:
    """Draws `count` square views of side `side` of a picture of size (height, width), in pixels.

    All random numbers come from the (CPU) generator, so that a seed means the same on any device.
    """

    def uniform(*shape: int, spread: float = 1.0) -> Tensor:
        return (torch.rand(*shape, generator=generator) * 2 - 1) * spread

    height, width = size
    short = min(size)
    share = torch.rand(count, generator=generator) ** cutting.power
    length = short * (cutting.smallest + (cutting.largest - cutting.smallest) * share)
    room = (torch.tensor([width, height]) - length.unsqueeze(1)).clamp(min=0) / 2
    centre = torch.tensor([width, height]) / 2 + uniform(count, 2) * room
    centre = centre + uniform(count, 2, spread=cutting.shift) * length.unsqueeze(1)

    angle = uniform(count, spread=math.radians(cutting.turn))
    mirrored = torch.rand(count, generator=generator) < cutting.flip
    mirror = torch.where(mirrored, -1.0, 1.0)
    half = length / 2
    matrix = torch.zeros(count, 3, 3)
    matrix[:, 0, 0] = half * torch.cos(angle) * mirror
    matrix[:, 0, 1] = -half * torch.sin(angle)
    matrix[:, 1, 0] = half * torch.sin(angle) * mirror
    matrix[:, 1, 1] = half * torch.cos(angle)
    matrix[:, :2, 2] = centre
    matrix[:, 2, 2] = 1
    tilt = torch.eye(3).repeat(count, 1, 1)
    tilt[:, 2, :2] = uniform(count, 2, spread=cutting.perspective)
    colour, bias = _colours(cutting.colour, uniform(count, 3))
    level = torch.rand(count, 1, 1, 1, generator=generator) * cutting.noise
    noise = torch.randn(count, 3, side, side, generator=generator) * level
    return Cutouts(matrix @ tilt, length / side, colour, bias, noise)


def _colours(spread: float, by: Tensor) -> tuple[Tensor, Tensor]:
    """Brightness, contrast and saturation folded into one matrix and one offset per view."""
    brightness, contrast, saturation = (spread * by).unbind(1)
    grey = torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)
    vivid = (1 + saturation).view(-1, 1, 1)
    matrix = (vivid * torch.eye(3) + (1 - vivid) * grey) * (1 + contrast).view(-1, 1, 1)
    return matrix, (brightness - contrast / 2).unsqueeze(1).expand(-1, 3)


def apply_cutouts(picture: Tensor, views: Cutouts) -> Tensor:
    """Picture [1, 3, h, w] -> views [n, 3, side, side], differentiable, not clamped.

    Where a view shrinks the picture it reads a level of an average pyramid, so that no pixel is
    skipped; all levels lie side by side in one atlas, so that there is a single `grid_sample`.
    """
    n, side = len(views.shrink), views.noise.shape[-1]
    line = (torch.arange(side, device=picture.device) * 2 + 1) / side - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], dim=-1).view(1, -1, 3)
    warped = points @ views.homography.transpose(1, 2)  # [n, side * side, 3]
    pixels = warped[..., :2] / warped[..., 2:].clamp(min=0.1)

    levels = _pyramid(picture, float(views.shrink.max()))
    atlas, corners = _atlas(levels)
    level = views.shrink.clamp(min=1).log2().round().long().clamp(max=len(levels) - 1)
    sizes = torch.tensor([one.shape[:1:-1] for one in levels], device=picture.device)  # (w, h)
    size, corner = sizes[level].unsqueeze(1), corners.to(picture.device)[level].unsqueeze(1)
    inside = pixels / 2.0 ** level.view(n, 1, 1)
    inside = torch.minimum(inside.clamp(min=0.5), size - 0.5)  # repeat the border's pixels
    whole = torch.tensor(atlas.shape[:1:-1], device=picture.device)
    grid = ((inside + corner) * 2 / whole - 1).view(1, n * side, side, 2)
    sampled = F.grid_sample(atlas, grid, mode="bilinear", align_corners=False)
    out = sampled.view(3, n, side * side).permute(1, 0, 2)
    out = views.colour @ out + views.bias.unsqueeze(2)
    return out.reshape(n, 3, side, side) + views.noise


def _pyramid(picture: Tensor, shrink: float) -> list[Tensor]:
    levels = [picture]
    while shrink > 1.5 and min(levels[-1].shape[2:]) >= 2:
        levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True))
        shrink /= 2
    return levels


def _atlas(levels: list[Tensor]) -> tuple[Tensor, Tensor]:
    """The full picture on the left, the smaller levels below each other on the right."""
    if len(levels) == 1:
        return levels[0], torch.zeros(1, 2)
    height, width = levels[0].shape[2:]
    corners, top, column = [(0, 0)], 0, []
    for level in levels[1:]:
        corners.append((width, top))
        top += level.shape[2]
        column.append(F.pad(level, (0, levels[1].shape[3] - level.shape[3])))
    right = torch.cat(column, dim=2)
    tall = max(height, top)
    left = F.pad(levels[0], (0, 0, 0, tall - height))
    return torch.cat([left, F.pad(right, (0, 0, 0, tall - top))], dim=3), torch.tensor(corners)
