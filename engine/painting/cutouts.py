"""Random cutouts of a picture, sampled as a batch: one homography each, one `grid_sample`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.defaults import CutoutParams
from engine.kernels.noise_bank import NoiseBank, sent


@dataclass(frozen=True)
class Cutouts:
    """The random parameters of n cutouts, independent of the picture's content."""

    homography: Tensor  # [n, 3, 3]: a cutout's coordinates in -1..1 -> the picture's, in pixels
    shrink: Tensor  # [n]: the picture's pixels per pixel of the cutout
    colour: Tensor  # [n, 3, 3]
    bias: Tensor  # [n, 3]
    noise: Tensor  # [n, 3, side, side]
    most: float  # the greatest shrink that the parameters allow

    @staticmethod
    def joined(several: "Sequence[Cutouts]") -> "Cutouts":
        """Return the cutouts of several pictures, for one batch of these."""
        first = several[0]
        if len(several) == 1:
            return first
        return first._with(
            [torch.cat(same) for same in zip(*(one._columns for one in several), strict=True)]
        )

    def chunks(self, size: int) -> list["Cutouts"]:
        """Split into batches of at most `size` cutouts."""
        parts = zip(*(column.split(size) for column in self._columns), strict=True)
        return [self._with(part) for part in parts]

    def to(self, device: torch.device) -> "Cutouts":
        """Return the cutouts on another device."""
        return self._with([sent(column, device) for column in self._columns])

    @property
    def _columns(self) -> tuple[Tensor, ...]:
        return self.homography, self.shrink, self.colour, self.bias, self.noise

    def _with(self, columns: Sequence[Tensor]) -> "Cutouts":
        homography, shrink, colour, bias, noise = columns
        return Cutouts(homography, shrink, colour, bias, noise, self.most)


def sample_cutouts(
    params: CutoutParams,
    count: int,
    size: tuple[int, int],
    side: int,
    generator: torch.Generator,
    *,
    bank: NoiseBank | None = None,
) -> Cutouts:
    """Sample `count` square cutouts of `side` pixels from a picture of size (height, width).

    All random numbers come from the (CPU) generator, so that a seed means the same on any device;
    those of the noise from the bank, if there is one.
    """

    def uniform(*shape: int, spread: float = 1.0) -> Tensor:
        return (torch.rand(*shape, generator=generator) * 2 - 1) * spread

    height, width = size
    short = min(size)
    share = torch.rand(count, generator=generator) ** params.power
    length = short * (params.smallest + (params.largest - params.smallest) * share)
    room = (torch.tensor([width, height]) - length.unsqueeze(1)).clamp(min=0) / 2
    centre = torch.tensor([width, height]) / 2 + uniform(count, 2) * room
    centre = centre + uniform(count, 2, spread=params.shift) * length.unsqueeze(1)

    angle = uniform(count, spread=math.radians(params.turn))
    mirrored = torch.rand(count, generator=generator) < params.flip
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
    tilt[:, 2, :2] = uniform(count, 2, spread=params.perspective)
    colour, bias = _colour_jitter(params.colour, uniform(count, 3))
    level = torch.rand(count, 1, 1, 1, generator=generator) * params.noise
    noise = _noise(count, side, generator, bank)
    noise *= sent(level, noise.device)
    most = short * max(params.smallest, params.largest) / side
    return Cutouts(matrix @ tilt, length / side, colour, bias, noise, most)


def _noise(count: int, side: int, generator: torch.Generator, bank: NoiseBank | None) -> Tensor:
    if bank is None:
        return torch.randn(count, 3, side, side, generator=generator)
    return bank.windows(count, 3 * side * side, generator).view(count, 3, side, side)


def _colour_jitter(spread: float, factors: Tensor) -> tuple[Tensor, Tensor]:
    """Fold brightness, contrast and saturation into a matrix [n, 3, 3] and an offset [n, 3].

    factors: [n, 3] in -1..1. Contrast is about 0.5, saturation about the luma of BT.601.
    """
    brightness, contrast, saturation = (spread * factors).unbind(1)
    grey = torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)
    vivid = (1 + saturation).view(-1, 1, 1)
    matrix = (vivid * torch.eye(3) + (1 - vivid) * grey) * (1 + contrast).view(-1, 1, 1)
    return matrix, (brightness - contrast / 2).unsqueeze(1).expand(-1, 3)


def apply_cutouts(pictures: Tensor, cutouts: Cutouts) -> Tensor:
    """Cut pictures [b, 3, h, w] into cutouts [n, 3, side, side], differentiable, not clamped.

    Each picture has n / b of the cutouts, those of the first one come first.
    A cutout that shrinks the picture reads a level of an average pyramid, so that no pixel is
    skipped. All levels lie side by side in one atlas, so that there is a single `grid_sample`.
    """
    b, n, side = len(pictures), len(cutouts.shrink), cutouts.noise.shape[-1]
    line = (torch.arange(side, device=pictures.device) * 2 + 1) / side - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], dim=-1).view(1, -1, 3)
    warped = points @ cutouts.homography.transpose(1, 2)  # [n, side * side, 3]
    pixels = warped[..., :2] / warped[..., 2:].clamp(min=0.1)

    levels = _pyramid(pictures, cutouts.most)
    atlas, corners = _atlas(levels)
    level = cutouts.shrink.clamp(min=1).log2().round().long().clamp(max=len(levels) - 1)
    sizes = torch.tensor([image.shape[:1:-1] for image in levels], device=pictures.device)  # (w, h)
    size, corner = sizes[level].unsqueeze(1), corners.to(pictures.device)[level].unsqueeze(1)
    inside = pixels / 2.0 ** level.view(n, 1, 1)
    inside = torch.minimum(inside.clamp(min=0.5), size - 0.5)  # repeat the border's pixels
    atlas_size = torch.tensor(atlas.shape[:1:-1], device=pictures.device)
    grid = ((inside + corner) * 2 / atlas_size - 1).view(b, -1, side, 2)
    sampled = F.grid_sample(atlas, grid, mode="bilinear", align_corners=False)
    out = sampled.view(b, 3, n // b, -1).transpose(1, 2).reshape(n, 3, -1)
    out = cutouts.colour @ out + cutouts.bias.unsqueeze(2)
    return out.reshape(n, 3, side, side) + cutouts.noise


def _pyramid(pictures: Tensor, shrink: float) -> list[Tensor]:
    """Return the pictures and their halvings, as many as cutouts shrunk by so much read."""
    levels = [pictures]
    while shrink > 1.5 and min(levels[-1].shape[2:]) >= 2:
        levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True))
        shrink /= 2
    return levels


def _atlas(levels: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Put each full picture on the left and the smaller levels below each other on the right.

    Returns the atlases [b, 3, H, W] and the top left corners (x, y) of the levels [levels, 2].
    """
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
