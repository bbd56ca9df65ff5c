"""Blocks of which the input alone is kept: what lies between is computed again for the gradient.

Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost" (arXiv 1604.06174).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, block: Callable[[Tensor], Tensor]) -> Tensor:
        ctx.save_for_backward(x)
        ctx.block = block
        return block(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        leaf = ctx.saved_tensors[0].detach().requires_grad_()
        with torch.enable_grad():
            again = ctx.block(leaf)
        (found,) = torch.autograd.grad(again, leaf, gradient)
        return found, None


def recomputed(block: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return block(x), which must be the same each time; its weights must be frozen."""
    return _Recomputed.apply(x, block)  # type: ignore[no-any-return]
