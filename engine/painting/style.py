"""Style transfer: paint the content of one picture in the style of another.

1. The content is the init, or without one the usual initial latent. Its colours are first matched
   to those of the style image.
2. An init holds the content by `init_weight`, which has a default here if the request names none.
3. The guides compare only small cutouts (`STYLE_CUTOUTS`) of the painting with the style image,
   beside the usual cutouts for the phrases. So they see strokes, not the arrangement of objects.
4. `style_weight` of the plan is the weight of these cutouts beside the weights of the phrases.
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

STYLE_CUTOUTS = CutoutParams(
    smallest=0.25, largest=0.5, turn=6, shift=0, perspective=0.05, colour=0, noise=0.05
)
WEIGHT = 2.0
INIT_WEIGHT = 1.0
GAINS = (0.5, 3.0)  # bounds of the change of contrast along each axis of colour


def init_weight_of(request: "DrawRequest") -> float:
    """Return the weight of the init loss: the requested one, or the default of style transfer."""
    styled = request.style is not None and request.init is not None
    if styled and request.init_weight is None and not request.moves:
        return INIT_WEIGHT  # with motion the picture has to leave its init
    return request.init_weight or 0.0


def colour_transfer(request: "DrawRequest", pictures: "Pictures") -> Callable[[Tensor], Tensor]:
    """Return a function that gives a picture the colours of the style image, if there is one."""
    if request.style is None:
        return lambda picture: picture
    return partial(transfer_colours, style=pictures(request.style))


def transfer_colours(picture: Tensor, style: Tensor) -> Tensor:
    """Give a picture [1, 3, h, w] the mean colour and the covariance of another, of any size.

    Of all linear maps it is the one that changes the colours least (Pitié, Kokaram 2007), with
    bounded gains: a style of two colours would remove contrasts, a colourful one amplify noise.
    """
    mean, covariance = _colour_statistics(picture)
    style_mean, style_covariance = _colour_statistics(style)
    root, inverse = _matrix_power(covariance, 0.5), _matrix_power(covariance, -0.5)
    transfer = inverse @ _matrix_power(root @ style_covariance @ root, 0.5) @ inverse
    gains, axes = torch.linalg.eigh(transfer)
    transfer = axes * gains.clamp(*GAINS) @ axes.T
    colours: Tensor = transfer @ (picture[0].flatten(1).double() - mean) + style_mean
    return colours.view_as(picture).to(picture.dtype).clamp(0, 1)


def _colour_statistics(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean [3, 1] and covariance [3, 3], with a small variance added for plain pictures."""
    colours = picture[0].flatten(1).double()
    mean = colours.mean(1, keepdim=True)
    centred = colours - mean
    return mean, centred @ centred.T / centred.shape[1] + 1e-4 * torch.eye(3).to(centred)


def _matrix_power(symmetric: Tensor, exponent: float) -> Tensor:
    values, axes = torch.linalg.eigh(symmetric)
    power: Tensor = axes * values.clamp(min=1e-9) ** exponent @ axes.T
    return power
