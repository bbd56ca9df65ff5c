"""How far views of a picture are from the phrases of a prompt, and from other pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


def spherical_distance(a: Tensor, b: Tensor) -> Tensor:
    """Half the squared angle of unit vectors a [n, d] and b [p, d] -> [n, p] (Crowson 2021)."""
    chord = (a.unsqueeze(1) - b.unsqueeze(0)).norm(dim=-1)
    # Rounding may push opposite vectors past the sphere, where the arcsine is not a number.
    angle: Tensor = 2 * (chord / 2).clamp(max=1 - 1e-6).arcsin()
    return angle**2 / 2


class EmbeddingTarget:
    """Phrases as vectors [p, d] with weights and stops, in one guide's space."""

    def __init__(self, vectors: Tensor, weights: Sequence[float], stops: Sequence[float]) -> None:
        self.vectors = vectors
        self.weights = torch.tensor(list(weights), device=vectors.device)
        self.stops = torch.tensor(list(stops), device=vectors.device)

    def __call__(self, views: Tensor) -> Tensor:
        """Unit vectors of views [n, d] -> their weighted distance, one number per view [n].

        A negative weight turns the distance round; a phrase that a view satisfies better than its
        stop still counts in the value but no longer pulls.
        """
        signed = spherical_distance(views, self.vectors) * self.weights.sign()
        signed = torch.where(signed < self.stops, signed.detach(), signed)
        total: Tensor = (signed * self.weights.abs()).sum(1)
        return total

    def joined(self, other: "EmbeddingTarget") -> "EmbeddingTarget":
        """What both look for."""
        vectors = torch.cat([self.vectors, other.vectors])
        weights, stops = (self.weights, other.weights), (self.stops, other.stops)
        return EmbeddingTarget(vectors, torch.cat(weights).tolist(), torch.cat(stops).tolist())


class _ClampWithGrad(torch.autograd.Function):
    """Clamps to 0..1; a gradient passes if it leads back into the range."""

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
    """x clamped to 0..1, with a gradient that can pull values back from outside."""
    return _ClampWithGrad.apply(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class InitLoss:
    """Toward the latent of the init: weight / 2 times the mean squared difference (Crowson 2021).

    Toward that latent and not toward zero, which would only make the picture grey.
    """

    home: Tensor  # [1, e, h, w]
    weight: float

    def __call__(self, latent: Tensor) -> tuple[float, Tensor]:
        """The loss, and its gradient on the latent."""
        away = latent.detach() - self.home
        loss = self.weight / 2 * away.square().mean().item()
        return loss, away * (self.weight / away.numel())
