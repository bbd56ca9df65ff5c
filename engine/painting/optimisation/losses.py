"""Losses: the distance of cutouts to their targets, and of the latent to the init."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


def spherical_distance(a: Tensor, b: Tensor) -> Tensor:
    """Return half the squared angles [n, p] of unit vectors [n, d] and [p, d] (Crowson 2021)."""
    chord = (a.unsqueeze(1) - b.unsqueeze(0)).norm(dim=-1)
    # Rounding may make the chord of opposite vectors longer than 2, where arcsin is NaN.
    angle: Tensor = 2 * (chord / 2).clamp(max=1 - 1e-6).arcsin()
    return angle**2 / 2


class EmbeddingTarget:
    """Target vectors [p, d] of one guide, each with a weight and a stop."""

    def __init__(self, vectors: Tensor, weights: Sequence[float], stops: Sequence[float]) -> None:
        self.vectors = vectors
        self.weights = torch.tensor(list(weights), device=vectors.device)
        self.stops = torch.tensor(list(stops), device=vectors.device)

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Return the weighted distance [n] of the unit vectors [n, d] of cutouts.

        A negative weight negates the distance. A distance below its stop counts in the value, but
        has no gradient.
        """
        signed = spherical_distance(embeddings, self.vectors) * self.weights.sign()
        signed = torch.where(signed < self.stops, signed.detach(), signed)
        total: Tensor = (signed * self.weights.abs()).sum(1)
        return total

    def joined(self, other: "EmbeddingTarget") -> "EmbeddingTarget":
        """Return a target with the vectors of both."""
        vectors = torch.cat([self.vectors, other.vectors])
        weights, stops = (self.weights, other.weights), (self.stops, other.stops)
        return EmbeddingTarget(vectors, torch.cat(weights).tolist(), torch.cat(stops).tolist())


class _ClampWithGrad(torch.autograd.Function):
    """Clamp to 0..1; a gradient passes if a step along it leads back into the range."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(0, 1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        outside = x - x.clamp(0, 1)
        allowed: Tensor = gradient * (gradient * outside >= 0)
        return allowed


def clamp_with_grad(x: Tensor) -> Tensor:
    """Clamp x to 0..1 with a gradient that can move values back from outside (Crowson 2021)."""
    return _ClampWithGrad.apply(x)  # type: ignore[no-any-return]


class _Pulled(torch.autograd.Function):
    """A number whose gradient by `output` is given."""

    @staticmethod
    def forward(ctx: Any, output: Tensor, gradient: Tensor) -> Tensor:
        ctx.save_for_backward(gradient)
        return output.new_zeros(())

    @staticmethod
    def backward(ctx: Any, _: Tensor) -> tuple[Tensor, None]:
        return ctx.saved_tensors[0], None


def pull_back(output: Tensor, leaf: Tensor, gradient: Tensor) -> Tensor:
    """Return the gradient by a leaf, given the gradient by the output.

    As torch.autograd.grad with grad_outputs, for which torch imports a package of symbolic algebra.
    On the way the gradient is scaled to about 1 by a power of two, for the sake of fp16.
    """
    scale = torch.exp2(-gradient.abs().amax().clamp(min=1e-30).log2().round())
    (found,) = torch.autograd.grad(_Pulled.apply(output, gradient * scale), leaf)
    return found / scale


@dataclass(frozen=True)
class InitLoss:
    """Weight / 2 times the mean squared difference to the init's latent (Crowson 2021).

    The notebooks also decay the latent towards zero, which only makes the picture grey.
    """

    init: Tensor  # [1, e, h, w]
    weight: float

    def __call__(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss and its gradient by the latent."""
        difference = latent.detach() - self.init
        loss = self.weight / 2 * difference.square().mean()
        return loss, difference * (self.weight / difference.numel())


class InitLosses:
    """The loss towards the init at each size that the picture is painted at."""

    def __init__(self, encoded: Callable[[int, int], Tensor], weight: float) -> None:
        """Let `encoded` return the init's latent [1, e, h, w] with so many cells (h, w)."""
        self._encoded, self._weight = encoded, weight
        self._newest: InitLoss | None = None

    def at(self, cells: Sequence[int]) -> InitLoss:
        """Return the loss of latents with so many cells (h, w)."""
        if self._newest is None or self._newest.init.shape[2:] != tuple(cells):
            self._newest = InitLoss(self._encoded(cells[0], cells[1]), self._weight)
        return self._newest
