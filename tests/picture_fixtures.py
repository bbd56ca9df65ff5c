"""Pictures to paint from, and how to compare what comes out."""

import torch
from torch import Tensor

from engine.cutting import Cutting
from engine.guides import Guide
from engine.likeness import shown
from engine.models import Models
from engine.painter import Step, paint
from store.request import DrawRequest


def disc(ground: tuple[float, ...], colour: tuple[float, ...], size: tuple[int, int]) -> Tensor:
    height, width = size
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(size) * 0.3) ** 2
    return torch.where(inside, _plain(colour), _plain(ground))


def _plain(colour: tuple[float, ...]) -> Tensor:
    return torch.tensor(colour).view(1, 3, 1, 1)


RED, BLUE, GREEN, YELLOW = (0.9, 0.1, 0.1), (0.1, 0.2, 0.9), (0.1, 0.7, 0.2), (1.0, 0.9, 0.1)
STRIPES = torch.where(torch.arange(96) % 12 < 6, _plain(YELLOW), _plain(RED)).expand(1, 3, 96, 96)
PICTURES = {
    "disc": disc(BLUE, RED, (64, 64)),
    "wide": disc(GREEN, YELLOW, (60, 160)),
    "stripes": STRIPES,
}


def painted(models: Models, request: DrawRequest) -> list[Step]:
    return list(paint(request, models, None, PICTURES.__getitem__))


def apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().mean())


def likeness(guide: Guide, image: Tensor, picture: Tensor, cutting: Cutting) -> float:
    """Cosine between what the guide sees in a painting and in a picture."""
    images = (image.unsqueeze(0), picture)
    mine, theirs = (shown(guide, one, cutting, 1).vectors[0] for one in images)
    return float(mine @ theirs)
