"""Enlarge a latent in the middle of its optimisation, with what the optimiser remembers."""

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional as F

# What remembers the gradient's size and is never negative, by torch's names: the exponent is that
# of the gradient in it.
SIZES = {"exp_avg_sq": 2, "square_avg": 2, "sum": 2, "exp_inf": 1}


def enlarge(
    latent: Tensor, moments: Mapping[str, Tensor], cells: tuple[int, int]
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return a latent [1, e, h, w] and its optimiser's moments with more cells (h, w).

    The latent's values may leave the range of those given: the interpolation is bicubic. The loss
    is a mean over the picture: the gradient of a cell shrinks with its part of it, and what is
    remembered of it is scaled alike. Else old, large squares would hold the steps small for
    hundreds of steps. Squares stay positive, as linear interpolation has no overshoot.
    """
    part = latent.shape[2] * latent.shape[3] / (cells[0] * cells[1])

    def fitted(name: str, value: Tensor) -> Tensor:
        if value.dim() != latent.dim():
            return value
        mode = "bilinear" if name in SIZES else "bicubic"
        scale: float = part ** SIZES.get(name, 1)
        return F.interpolate(value, size=cells, mode=mode) * scale

    larger = F.interpolate(latent, size=cells, mode="bicubic")
    return larger, {name: fitted(name, value) for name, value in moments.items()}
