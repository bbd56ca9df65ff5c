"""Style transfer: the look of one picture on the content of another, as a recipe.

1. The content is the init, or without one what the prompt begins with by itself; first it is lent
   the colours of the style picture.
2. `init_weight`, where there is an init and the request names no weight: the content is held.
3. `CROPS`, a way of cutting: the guides compare the painting with the style picture through small
   crops alone, beside the usual views for the words. So strokes count, and not what stands where.
4. `style_weight`: of these crops, beside the weights of the phrases.

Both weights are fields of the plan.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.defaults import CutoutParams

if TYPE_CHECKING:
    from engine.images.inputs import Pictures
    from store.request.request import DrawRequest

CROPS = CutoutParams(
    smallest=0.25, largest=0.5, turn=6, shift=0, perspective=0.05, colour=0, noise=0.05
)
WEIGHT = 2.0
INIT_WEIGHT = 1.0
GAINS = (0.5, 3.0)  # of contrasts of colours


def init_weight_of(request: "DrawRequest") -> float:
    """How firmly the painting stays near to its init: as the request says, or by the recipe."""
    styled = request.style is not None and request.init is not None
    if styled and request.init_weight is None and not request.moves:
        return INIT_WEIGHT  # what moves leaves its init behind
    return request.init_weight or 0.0


def colour_transfer(request: "DrawRequest", pictures: "Pictures") -> Callable[[Tensor], Tensor]:
    """Lends a picture the colours of the request's style, if it has one."""
    if request.style is None:
        return lambda picture: picture
    return partial(transfer_colours, style=pictures(request.style))


def transfer_colours(picture: Tensor, style: Tensor) -> Tensor:
    """Picture [1, 3, h, w] with the mean colour and the covariance of another, of any size.

    Of all linear ways it takes the one that changes the colours least (Pitié, Kokaram 2007), within
    bounds: a style of two colours would wipe contrasts out, a colourful one would show noise.
    """
    mean, covariance = _colours(picture)
    other_mean, other_covariance = _colours(style)
    root, inverse = _power(covariance, 0.5), _power(covariance, -0.5)
    move = inverse @ _power(root @ other_covariance @ root, 0.5) @ inverse
    gains, axes = torch.linalg.eigh(move)
    move = axes * gains.clamp(*GAINS) @ axes.T
    moved: Tensor = move @ (picture[0].flatten(1).double() - mean) + other_mean
    return moved.view_as(picture).to(picture.dtype).clamp(0, 1)


def _colours(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [3, 1] and covariance [3, 3]; a little spread is lent to pictures of one colour."""
    colours = picture[0].flatten(1).double()
    mean = colours.mean(1, keepdim=True)
    away = colours - mean
    return mean, away @ away.T / away.shape[1] + 1e-4 * torch.eye(3).to(away)


def _power(symmetric: Tensor, exponent: float) -> Tensor:
    values, axes = torch.linalg.eigh(symmetric)
    power: Tensor = axes * values.clamp(min=1e-9) ** exponent @ axes.T
    return power
