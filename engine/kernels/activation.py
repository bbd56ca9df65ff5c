"""Activations that keep their input alone for the gradient."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

SLOPE = 1.702  # makes x · sigmoid(SLOPE · x) close to GELU (Hendrycks, Gimpel 2016)


class _QuickGelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.mul(x, SLOPE).sigmoid_().mul_(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        sigmoid = torch.mul(x, SLOPE).sigmoid_()
        # s (1 + SLOPE x (1 - s)), one tensor in all
        rest = torch.rsub(sigmoid, 1).mul_(x).mul_(SLOPE).add_(1)
        return rest.mul_(sigmoid).mul_(gradient)


def quick_gelu(x: Tensor) -> Tensor:
    """Return x · sigmoid(1.702 x), CLIP's approximation of GELU."""
    return _QuickGelu.apply(x)  # type: ignore[no-any-return]
