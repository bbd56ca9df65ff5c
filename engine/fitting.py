"""How a picture that begins a painting, and the painting, are given one size."""

from dataclasses import replace
from typing import TYPE_CHECKING

from torch import Tensor
from torch.nn import functional as F

from store.request import SIDES, DrawRequest

if TYPE_CHECKING:
    from engine.album import Pictures
    from engine.models import Models

SLIMMEST = 4.0  # the longer side of a painting to the shorter, where only its init tells the shape


def framed(request: DrawRequest, models: "Models", pictures: "Pictures") -> DrawRequest:
    """The request with a size, where it names none and begins with a picture.

    As many pixels as the model usually paints, in the shape of the init, on the model's grid.
    """
    if request.init is None or request.size is not None:
        return request
    plan = models.plan(request)
    height, width = pictures(request.init).shape[2:]
    shape = min(max(width / height, 1 / SLIMMEST), SLIMMEST)
    across = (plan.width * plan.height * shape) ** 0.5
    least = -(-SIDES[0] // plan.cell)
    sides = [max(round(side / plan.cell), least) * plan.cell for side in (across, across / shape)]
    return replace(request, size=(sides[0], sides[1]))


def covering(picture: Tensor, height: int, width: int) -> Tensor:
    """Picture [1, 3, h, w] -> [1, 3, height, width]: filled, what stands over cut off evenly."""
    tall, wide = picture.shape[2:]
    scale = max(height / tall, width / wide)
    rows = min(max(round(height / scale), 1), tall)
    columns = min(max(round(width / scale), 1), wide)
    top, left = (tall - rows) // 2, (wide - columns) // 2
    cropped = picture[:, :, top : top + rows, left : left + columns]
    resized = F.interpolate(cropped, size=(height, width), mode="bicubic", antialias=True)
    return resized.clamp(0, 1)
