"""What a second stage is told, as the indices that stand before the codes."""

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import EngineError
from engine.networks.vqgan import VQGAN

UNLABELLED = 255  # in a grey map
# What the colours of a sketch stand for: labels of COCO-Stuff (Caesar et al. 2018) and of ADE20K
# (Zhou et al. 2017), counted from 0, as in the maps that the published models were trained with.
STUFF = {
    "sky": 156,
    "clouds": 105,
    "sea": 154,
    "water": 177,
    "river": 147,
    "grass": 123,
    "sand": 153,
    "snow": 158,
    "rock": 149,
    "mountain": 134,
    "hill": 126,
    "tree": 168,
    "bush": 96,
    "flower": 118,
    "road": 148,
    "dirt": 110,
    "house": 127,
    "building": 95,
}
SCENES = {
    "sky": 2,
    "sea": 26,
    "water": 21,
    "river": 60,
    "grass": 9,
    "sand": 46,
    "rock": 34,
    "mountain": 16,
    "hill": 68,
    "tree": 4,
    "bush": 17,
    "flower": 66,
    "road": 6,
    "dirt": 13,
    "house": 25,
    "building": 1,
}


def coordinate_indices(height: int, width: int, cell: int, codes: int) -> Tensor:
    """Return where each cell lies in its picture, as indices int64 [height, width].

    The place of a pixel is its number in reading order over the number of all; a cell has the mean
    of its pixels, in *codes* steps.
    """
    rows, columns = height * cell, width * cell
    places = torch.arange(rows * columns, dtype=torch.float64).view(1, 1, rows, columns)
    mean = F.avg_pool2d(places / (rows * columns), cell)
    return (mean * codes).clamp(0, codes).round().long()[0, 0]


def label_indices(labels: Tensor, vqgan: VQGAN, count: int, *, from_one: bool = False) -> Tensor:
    """Return a label map int64 [height, width] as indices of the condition's VQGAN.

    count: of the model's labels. from_one: those of maps are counted from 1, and the model's 0 is
        what has none.

    Raises EngineError for a label beyond them.
    """
    most = count - 1 - from_one
    known = labels.le(most) & labels.ge(0)
    if from_one:
        known |= labels == UNLABELLED
        labels = torch.where(labels == UNLABELLED, 0, labels + 1)
    if not known.all():
        value = int(labels[~known].flatten()[0]) - from_one
        raise EngineError("map-labels", value=value, limit=most)
    channels = F.one_hot(labels, count).permute(2, 0, 1)[None].float()
    return _indices(channels, vqgan)


def depth_indices(depth: Tensor, vqgan: VQGAN) -> Tensor:
    """Return a depth map [height, width] of 0..1 as indices of the condition's VQGAN."""
    return _indices(depth[None, None].float() * 2 - 1, vqgan)


def _indices(channels: Tensor, vqgan: VQGAN) -> Tensor:
    """Encode channels [1, c, h, w] as they are: `encode` expects 0..1 and makes -1..1 of it."""
    channels = channels.to(vqgan.codebook.device)
    return vqgan.nearest(vqgan.encode((channels + 1) / 2))[0].cpu()
