"""The price of a request: its area times its steps, each in multiples of the usual amount."""

import math

from store.request import presets
from store.request.request import DrawRequest
from store.request.schedule import work

USUAL_AREA = 256 * 256  # pixels
USUAL_STEPS = 300  # of the quality "standard", for the price alone; a model may use others


LIGHT = 0.5  # of the usual work, for each picture of a sheet that cannot begin with a draft
ENLARGED_SIDES = (512, 512)  # pixels, of a picture before, where nothing says another size
ENLARGED_AREA = 1024 * 1024  # pixels that one credit enlarges a picture to


def price(request: DrawRequest, share: float = LIGHT) -> int:
    """Return the price in credits, at least 1; what the request leaves open counts as usual.

    share: how much work each picture of a sheet is, of one that is painted alone.

    | size    | 300 steps | 600 | 900 |
    | ------- | --------- | --- | --- |
    | 256x256 |         1 |   2 |   3 |
    | 384x384 |         2 |   4 |   6 |
    | 512x512 |         4 |   8 |  12 |

    The quality "fine" has twice the steps; steps are those of each scene. Pictures of one sheet
    are paid for together.
    """
    if request.larger is not None:
        return _times(4 * math.prod(request.size or ENLARGED_SIDES), ENLARGED_AREA)
    width, height = request.size or (USUAL_AREA, 1)
    quality = presets.quality(request.quality or "standard")
    steps = (request.steps or quality.steps_of(USUAL_STEPS)) * len(request.scenes)
    steps = round(steps * work(request.coarse))  # small ones are less work
    one = _times(width * height, USUAL_AREA) * _times(steps, USUAL_STEPS)
    if request.count == 1:
        return one
    share = 1.0 if request.steps else share  # as many as were asked for
    return max(1, round(one * request.count * share))


def _times(amount: int, usual: int) -> int:
    """Return `amount / usual`, rounded to an integer of at least 1."""
    return max(1, (2 * amount + usual) // (2 * usual))
