"""What a drafter is given beside words: codes that stay, and a map of what is to be where."""

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.drafters.codes import Codes
from engine.drafters.drafter import Drafter
from engine.errors import EngineError
from engine.images.inputs import Pictures
from engine.networks.vqgan import VQGAN
from engine.painting.plan import Plan
from engine.painting.resize import cover
from engine.painting.start.drafting import grid_of
from store.request.drafting import parse_border
from store.request.request import DrawRequest

# The colours of sketches; what they stand for is known to the drafter.
PALETTE: dict[str, tuple[int, int, int]] = {
    "sky": (135, 206, 235),
    "clouds": (220, 235, 245),
    "sea": (20, 80, 160),
    "water": (60, 130, 200),
    "river": (80, 150, 220),
    "grass": (110, 190, 60),
    "sand": (240, 220, 150),
    "snow": (255, 255, 255),
    "rock": (120, 120, 120),
    "mountain": (110, 90, 110),
    "hill": (150, 170, 90),
    "tree": (30, 100, 30),
    "bush": (70, 130, 50),
    "flower": (240, 100, 170),
    "road": (70, 70, 75),
    "dirt": (140, 100, 60),
    "house": (190, 70, 50),
    "building": (170, 150, 140),
}
GREY_SPREAD = 2 / 255  # between the channels of a picture that holds numbers, not colours


def given_codes(
    request: DrawRequest, drafter: Drafter, vqgan: VQGAN, plan: Plan, pictures: Pictures
) -> Codes | None:
    """Return the codes at the border of the picture to complete; None without one.

    Without a border its upper half stays. Raises EngineError where nothing is left to draw.
    """
    if request.complete is None:
        return None
    height, width = grid_of(plan.height, plan.width, drafter.side)
    cell = vqgan.shape.cell
    picture = cover(pictures(request.complete), height * cell, width * cell)
    with torch.no_grad():
        indices = vqgan.nearest(vqgan.encode(picture.to(vqgan.codebook.device)))[0].cpu()
    border = parse_border(request.border) if request.border else {"up": height // 2}
    known = torch.zeros(height, width, dtype=torch.bool)
    known[: border.get("up", 0)] = True
    known[max(0, height - border.get("down", 0)) :] = True
    known[:, : border.get("left", 0)] = True
    known[:, max(0, width - border.get("right", 0)) :] = True
    if known.all():
        raise EngineError("border-all", width=width, height=height)
    return Codes.given(1, indices, known)


def condition_map(
    request: DrawRequest, drafter: Drafter, vqgan: VQGAN, plan: Plan, pictures: Pictures
) -> Tensor | None:
    """Return the map in pixels [height, width] that a drafter asks for; None without one.

    A grey picture holds the labels themselves, or depths; in a coloured one each colour is the
    nearest of PALETTE. Raises EngineError where the drafter asks for none, or it has another shape.
    """
    if request.map is None:
        return None
    if not drafter.asks:
        raise EngineError("map-useless", name=drafter.name)
    picture = pictures(request.map)[0].cpu()
    cells = grid_of(plan.height, plan.width, drafter.side)
    height, width = (side * vqgan.shape.cell for side in cells)
    if tuple(picture.shape[1:]) != (height, width):
        raise EngineError(
            "map-size",
            width=picture.shape[2],
            height=picture.shape[1],
            wanted=f"{width}x{height}",
        )
    grey = float((picture.amax(0) - picture.amin(0)).max()) <= GREY_SPREAD
    if drafter.asks == "depth":
        return picture.mean(0)
    return (picture[0] * 255).round().long() if grey else labels_of(picture, drafter.named)


def labels_of(picture: Tensor, named: Mapping[str, int]) -> Tensor:
    """Return the labels int64 [height, width] of a sketch [3, height, width], 0..1.

    named: the labels of those colours that the drafter knows.
    """
    colours = torch.tensor([PALETTE[name] for name in named]) / 255
    labels = torch.tensor([*named.values()])
    flat = picture.flatten(1).T
    nearest = torch.cat([torch.cdist(part, colours).argmin(1) for part in flat.split(1 << 16)])
    return labels[nearest].view(picture.shape[1:])
