"""Attention that keeps no matrix of all pairs of positions where there are many."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

PAIRS = 2**22  # of a query and a key, whose weights are computed at once
FEW = 64  # tokens up to which all pairs cost a processor less than torch's fused kernel


def attend(query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False) -> Tensor:
    """Return the attention of several heads, all [n, heads, tokens, width]."""
    if query.is_cuda or causal or query.shape[2] > FEW:
        return F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    scores = (query * query.shape[-1] ** -0.5) @ key.mT
    mixed: Tensor = scores.softmax(-1) @ value
    return mixed


class _ChunkedAttention(torch.autograd.Function):
    """Attention of one head by chunks of queries, whose weights are computed anew for the gradient.

    The gradient is that of FlashAttention (Dao et al. 2022, arXiv 2205.14135, appendix B.2).
    """

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        out = torch.empty_like(value)
        for rows in _chunks(query, key):
            out[:, rows] = _weights(query[:, rows], key) @ value
        ctx.save_for_backward(query, key, value, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value, out = ctx.saved_tensors
        by_query, by_key, by_value = (torch.zeros_like(t) for t in (query, key, value))
        scale = query.shape[-1] ** -0.5
        for rows in _chunks(query, key):
            weights, given = _weights(query[:, rows], key), gradient[:, rows]
            by_value.baddbmm_(weights.mT, given)
            own = (given * out[:, rows]).sum(-1, keepdim=True)
            by_scores = (given @ value.mT).sub_(own).mul_(weights)
            by_query[:, rows] = (by_scores @ key).mul_(scale)
            by_key.baddbmm_(by_scores.mT, query[:, rows], alpha=scale)
        return by_query, by_key, by_value


def _chunks(query: Tensor, key: Tensor) -> list[slice]:
    tokens, size = query.shape[1], max(1, PAIRS // (len(key) * key.shape[1]))
    return [slice(first, first + size) for first in range(0, tokens, size)]


def _weights(query: Tensor, key: Tensor) -> Tensor:
    scores: Tensor = query * query.shape[-1] ** -0.5 @ key.mT
    return scores.softmax(-1)


def attend_chunked(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return the attention of one head, all [n, tokens, width], in memory linear in the tokens."""
    return _ChunkedAttention.apply(query, key, value)  # type: ignore[no-any-return]
