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
    def forward(ctx: Any, x: Tensor, layer: nn.Conv2d, padding: tuple[int, ...]) -> Tensor:
        ctx.layer, ctx.shape, ctx.padding = layer, x.shape, padding
        return F.conv2d(x, layer.weight, layer.bias, layer.stride, padding)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        layer: nn.Conv2d = ctx.layer
        shape: Size = ctx.shape
        found: Tensor = conv2d_input(shape, layer.weight, gradient, layer.stride, ctx.padding)
        return found, None, None


def padding_of(layer: nn.Conv2d) -> tuple[int, ...]:
    """Return the padding of a layer in pixels."""
    assert not isinstance(layer.padding, str), "no network here pads by a name"
    return layer.padding


def convolve(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """Return layer(x); where its weights are frozen, nothing is kept for the gradient."""
    if layer.weight.requires_grad:
        trained: Tensor = layer(x)
        return trained
    padding = padding_of(layer)
    if layer.padding_mode == "circular" and any(padding):
        down, across = padding
        x, padding = F.pad(x, (across, across, down, down), mode="circular"), (0, 0)
    return _FrozenConvolution.apply(x, layer, padding)  # type: ignore[no-any-return]
