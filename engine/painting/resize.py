"""How a picture that begins a painting, and the painting, are given one size."""

from dataclasses import replace
from typing import TYPE_CHECKING

from torch import Tensor
from torch.nn import functional as F

from engine.images.inputs import Pictures
from engine.models import LoadedModels
from store.request.request import SIDES, DrawRequest

if TYPE_CHECKING:
    from engine.images.inputs import Pictures
    from engine.models import LoadedModels

MAX_ASPECT = (
    4.0  # the longer side of a painting to the shorter, where only its init tells the shape
)


def size_from_init(
    request: DrawRequest, models: "LoadedModels", pictures: "Pictures"
) -> DrawRequest:
    """The request with a size, where it names none and begins with a picture.

    As many pixels as the model usually paints, in the shape of the init, on the model's grid.
    """
    if request.init is None or request.size is not None:
        return request
    plan = models.plan(request)
    height, width = pictures(request.init).shape[2:]
    shape = min(max(width / height, 1 / MAX_ASPECT), MAX_ASPECT)
    across = (plan.width * plan.height * shape) ** 0.5
    least = -(-SIDES[0] // plan.cell)
    sides = [max(round(side / plan.cell), least) * plan.cell for side in (across, across / shape)]
    return replace(request, size=(sides[0], sides[1]))


def cover(picture: Tensor, height: int, width: int) -> Tensor:
    """Picture [1, 3, h, w] -> [1, 3, height, width]: filled, what stands over cut off evenly."""
    tall, wide = picture.shape[2:]
    scale = max(height / tall, width / wide)
    rows = min(max(round(height / scale), 1), tall)
    columns = min(max(round(width / scale), 1), wide)
    top, left = (tall - rows) // 2, (wide - columns) // 2
    cropped = picture[:, :, top : top + rows, left : left + columns]
    resized = F.interpolate(cropped, size=(height, width), mode="bicubic", antialias=True)
    return resized.clamp(0, 1)


def resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """The picture [n, 3, h, w] at another size (h, w), never squeezed: what stands over is cut."""
    height, width = picture.shape[2:]
    if (height, width) == size:
        return picture
    scale = max(size[0] / height, size[1] / width)
    whole = max(round(height * scale), size[0]), max(round(width * scale), size[1])
    picture = F.interpolate(picture, size=whole, mode="bicubic", antialias=scale < 1).clamp(0, 1)
    top, left = (whole[0] - size[0]) // 2, (whole[1] - size[1]) // 2
    return picture[:, :, top : top + size[0], left : left + size[1]]
