"""The price of a request: its area times its steps, each in multiples of the usual amount."""

from store.request import presets
from store.request.request import DrawRequest

USUAL_AREA = 256 * 256  # pixels
USUAL_STEPS = 300  # of the quality "standard", for the price alone; a model may use others


def price(request: DrawRequest) -> int:
    """Return the price in credits, at least 1; what the request leaves open counts as usual.

    | size    | 300 steps | 600 | 900 |
    | ------- | --------- | --- | --- |
    | 256x256 |         1 |   2 |   3 |
    | 384x384 |         2 |   4 |   6 |
    | 512x512 |         4 |   8 |  12 |

    The quality "fine" has twice the steps; steps are those of each scene.
    """
    width, height = request.size or (USUAL_AREA, 1)
    quality = presets.quality(request.quality or "standard")
    steps = (request.steps or quality.steps_of(USUAL_STEPS)) * len(request.scenes)
    return _times(width * height, USUAL_AREA) * _times(steps, USUAL_STEPS)


def _times(amount: int, usual: int) -> int:
    """Return `amount / usual`, rounded to an integer of at least 1."""
    return max(1, (2 * amount + usual) // (2 * usual))
