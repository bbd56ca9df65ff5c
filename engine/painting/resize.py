"""Fit pictures to the size of the painting, and the painting to the shape of its init."""

from dataclasses import replace

from torch import Tensor
from torch.nn import functional as F

from engine.images.inputs import Pictures
from engine.painting.plan import Plan
from store.request.request import SIDES, DrawRequest

# The longest side of a painting to its shortest, where only the init determines the shape.
MAX_ASPECT = 4.0


def size_from_init(request: DrawRequest, plan: Plan, pictures: Pictures) -> DrawRequest:
    """Return the request with a size, if it has an init and no size; else the request itself.

    The size has as many pixels as the plan's, in the init's proportion, in whole cells.
    """
    if request.init is None or request.size is not None:
        return request
    height, width = pictures(request.init).shape[2:]
    aspect = min(max(width / height, 1 / MAX_ASPECT), MAX_ASPECT)
    across = (plan.width * plan.height * aspect) ** 0.5
    least = -(-SIDES[0] // plan.cell)
    sides = [max(round(side / plan.cell), least) * plan.cell for side in (across, across / aspect)]
    return replace(request, size=(sides[0], sides[1]))


def cover(picture: Tensor, height: int, width: int) -> Tensor:
    """Resize to cover (height, width) and crop: [1, 3, h, w] -> [1, 3, height, width].

    Crops before it resizes: no enlarged picture is kept in memory.
    """
    old_height, old_width = picture.shape[2:]
    scale = max(height / old_height, width / old_width)
    rows = min(max(round(height / scale), 1), old_height)
    columns = min(max(round(width / scale), 1), old_width)
    top, left = (old_height - rows) // 2, (old_width - columns) // 2
    cropped = picture[:, :, top : top + rows, left : left + columns]
    resized = F.interpolate(cropped, size=(height, width), mode="bicubic", antialias=True)
    return resized.clamp(0, 1)


def resize_and_crop(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize to cover size (height, width), then crop the centre: [n, 3, h, w] -> [n, 3, *size]."""
    height, width = picture.shape[2:]
    if (height, width) == size:
        return picture
    scale = max(size[0] / height, size[1] / width)
    covering = max(round(height * scale), size[0]), max(round(width * scale), size[1])
    picture = F.interpolate(picture, size=covering, mode="bicubic", antialias=scale < 1).clamp(0, 1)
    top, left = (covering[0] - size[0]) // 2, (covering[1] - size[1]) // 2
    return picture[:, :, top : top + size[0], left : left + size[1]]
