"""Normalisation and SiLU as one operation that keeps one tensor alone."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


class _GroupNorm(torch.autograd.Function):
    """Normalise in groups of channels (Wu, He 2018), then apply SiLU where it is asked for.

    What lies between is computed again for the gradient, as y = a x + s with two numbers for each
    channel. With d = the gradient by y, the gradient by x is a d + p x + q, where p and q are
    those of the group: they follow from the sums of d and of d x over each channel. torch's own
    gradient takes several times as long on a processor in bfloat16.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, norm: nn.GroupNorm, silu: bool) -> Tensor:
        n, c, h, w = x.shape
        y, mean, inverse = torch.native_group_norm(
            x, norm.weight, norm.bias, n, c, h * w, norm.num_groups, norm.eps
        )
        ctx.save_for_backward(x, mean, inverse)
        ctx.norm, ctx.silu = norm, silu
        return F.silu(y, inplace=True) if silu else y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        x, mean, inverse = ctx.saved_tensors
        norm: nn.GroupNorm = ctx.norm
        n, c, h, w = x.shape
        rows, d = (_rows(t) for t in (x, gradient))  # [n, h * w, c]
        grouped = (n, norm.num_groups, -1)
        mean, inverse = (t.float().view(n, -1, 1) for t in (mean, inverse))
        weight, bias = (t.float().view(1, norm.num_groups, -1) for t in (norm.weight, norm.bias))
        scale = inverse * weight  # [n, groups, c / groups], as all of these
        if ctx.silu:
            shift = bias - mean * scale
            y = torch.addcmul(_wide(shift, x), rows, _wide(scale, x))
            # Written over y, of which nobody else has use.
            d = torch.ops.aten.silu_backward.grad_input(d, y, grad_input=y)
        sums, products = (_sums(t).view(grouped) for t in (d, d * rows))
        total = (sums * weight).sum(2, keepdim=True)
        about_mean = (products * weight).sum(2, keepdim=True) - mean * total
        count = h * w * weight.shape[2]
        p = -about_mean * inverse**3 / count
        q = -p * mean - total * inverse / count
        rest = torch.addcmul(_wide(q.expand_as(scale), x), rows, _wide(p.expand_as(scale), x))
        found = rest.addcmul_(d, _wide(scale, x))
        return found.view(n, h, w, c).permute(0, 3, 1, 2), None, None


class _BatchNorm(torch.autograd.Function):
    """Scale and shift each channel by what was learned (Ioffe, Szegedy 2015), then apply SiLU.

    The normalised tensor is kept for the gradient of SiLU; that of the rest needs the scale alone.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, norm: nn.BatchNorm2d, silu: bool) -> Tensor:
        y = F.batch_norm(
            x, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
        )
        ctx.norm, ctx.silu = norm, silu
        if not silu:
            return y
        if not ctx.needs_input_grad[0]:
            return F.silu(y, inplace=True)
        ctx.save_for_backward(y)
        return F.silu(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        norm: nn.BatchNorm2d = ctx.norm
        assert norm.running_var is not None, "frozen ones have what they learned"
        scale = norm.weight.float() * (norm.running_var.float() + norm.eps).rsqrt()
        rows = _rows(gradient)
        scale = scale.view(1, 1, -1).to(gradient.dtype)
        if ctx.silu:
            (y,) = ctx.saved_tensors
            found = torch.ops.aten.silu_backward(rows, _rows(y)).mul_(scale)
        else:
            found = rows * scale
        n, c, h, w = gradient.shape
        return found.view(n, h, w, c).permute(0, 3, 1, 2), None, None


def _rows(x: Tensor) -> Tensor:
    """Return [n, c, h, w] as [n, h * w, c], without a copy where channels are last."""
    return x.permute(0, 2, 3, 1).flatten(1, 2).contiguous()


def _sums(rows: Tensor) -> Tensor:
    """Return the sums [n, 1, c] of [n, h * w, c], in float32."""
    if rows.dtype == torch.float16:  # whose largest number a sum may exceed
        return rows.sum(1, keepdim=True, dtype=torch.float32)
    # A product with ones adds up in float32 without a copy of that type.
    ones = rows.new_ones(1, 1, rows.shape[1]).expand(len(rows), 1, -1)
    return torch.bmm(ones, rows).float()


def _wide(values: Tensor, like: Tensor) -> Tensor:
    """Return values [n, groups, c / groups] as [n, 1, c], of the type of `like`."""
    return values.flatten(1).unsqueeze(1).to(like.dtype)


def normalise(norm: nn.Module, x: Tensor, *, silu: bool = False) -> Tensor:
    """Return norm(x), with SiLU behind it where it is asked for.

    Where the weights are frozen only one tensor is kept for the gradient.
    """
    if isinstance(norm, nn.GroupNorm) and not norm.weight.requires_grad:
        return _GroupNorm.apply(x, norm, silu)  # type: ignore[no-any-return]
    if isinstance(norm, nn.BatchNorm2d) and not (norm.weight.requires_grad or norm.training):
        return _BatchNorm.apply(x, norm, silu)  # type: ignore[no-any-return]
    normed: Tensor = norm(x)
    # Rounded as the original does, where it is compared bit by bit.
    return normed * torch.sigmoid(normed) if silu else normed
