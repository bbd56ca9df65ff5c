"""Convolutions with frozen weights: their gradient needs the weights alone."""

from typing import Any

import torch
from torch import Size, Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F
from torch.nn.grad import conv2d_input


class _FrozenConvolution(torch.autograd.Function):
    """A convolution that keeps no tensor of its input's size.

    torch's own keeps its input for the gradient of the weights, also where they want none.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: nn.Conv2d) -> Tensor:
        ctx.layer, ctx.shape = layer, x.shape
        return F.conv2d(x, layer.weight, layer.bias, layer.stride, padding_of(layer))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        layer: nn.Conv2d = ctx.layer
        shape: Size = ctx.shape
        found: Tensor = conv2d_input(shape, layer.weight, gradient, layer.stride, padding_of(layer))
        return found, None


def padding_of(layer: nn.Conv2d) -> tuple[int, ...]:
    """Return the padding of a layer in pixels."""
    assert not isinstance(layer.padding, str), "no network here pads by a name"
    return layer.padding


def convolve(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """Return layer(x); where its weights are frozen, nothing is kept for the gradient."""
    if layer.weight.requires_grad:
        trained: Tensor = layer(x)
        return trained
    return _FrozenConvolution.apply(x, layer)  # type: ignore[no-any-return]
