"""Drafters of the published sizes with random weights, for how fast they draw."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import torch
    from torch import nn

    from engine.drafters.autoregression import CodeReader

    Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class DrafterSize:
    """A published drafter: layers, width, heads, positions of the text, side of the grid."""

    layers: int
    width: int
    heads: int
    text: int
    side: int
    codes: int
    right: int = 0
    gated: int = 0


SIZES = {
    "rudolph": DrafterSize(24, 1024, 16, 64, 16, 8192, right=64),
    "malevich": DrafterSize(24, 2048, 16, 128, 32, 8192),
    "dalle_mini": DrafterSize(12, 1024, 16, 64, 16, 16415, gated=2730),
    "sflckr": DrafterSize(24, 1024, 16, 256, 16, 1024),
}


@dataclass(frozen=True)
class RandomDrafter:
    """A drafter that has read a text.

    read: bytes of the weights that each code needs.
    rows: that a draft takes; two where it is drawn with and without its text.
    """

    reader: Callable[[int], "CodeReader"]  # of so many drafts
    read: int
    cells: int
    rows: int = 1


def random_drafter(
    name: str, layers: int | None, dtype: "torch.dtype", device: "torch.device"
) -> RandomDrafter:
    """Return the drafter of a published size, with so many layers where fewer are wanted."""
    size = SIZES[name]
    size = replace(size, layers=layers or size.layers)
    build = {"dalle_mini": _bart, "sflckr": _gpt}.get(name, _sandwich)
    return build(size, dtype, device)


def _sandwich(size: DrafterSize, dtype: "torch.dtype", device: "torch.device") -> RandomDrafter:
    from engine.drafters.networks.sandwich import SandwichShape, TextCodeModel
    from engine.drafters.rudalle import TextCodeReader

    shape = SandwichShape(
        size.layers,
        size.width,
        size.heads,
        size.text,
        size.side,
        text_vocabulary=16384 + size.text,
        code_vocabulary=size.codes,
        codes=size.codes,
        right=size.right,
        inner_convolutions=bool(size.right),
    )
    model = _random(lambda: TextCodeModel(shape), dtype)
    read = _bytes(model.transformer, model.to_code_logits)
    model = _placed(model, device)
    words = [5] * size.text
    return RandomDrafter(lambda count: TextCodeReader(model, words, count), read, size.side**2)


def _gpt(size: DrafterSize, dtype: "torch.dtype", device: "torch.device") -> RandomDrafter:
    import torch

    from engine.drafters.networks.mingpt import Gpt, GptShape
    from engine.drafters.second_stage.drafter import PrefixReader

    cells = size.side**2
    shape = GptShape(size.codes, size.text + cells, size.layers, size.width, size.heads)
    model = _random(lambda: Gpt(shape), dtype)
    read = _bytes(model.blocks, model.head)
    model = _placed(model, device)
    prefix = torch.full((size.text,), 5)
    return RandomDrafter(lambda count: PrefixReader(model, prefix, count), read, cells)


def _bart(size: DrafterSize, dtype: "torch.dtype", device: "torch.device") -> RandomDrafter:
    import torch

    from engine.drafters.dalle_mini import GuidedReader
    from engine.drafters.networks.bart import BartShape, Decoder, Encoder

    cells = size.side**2
    shape = BartShape(
        size.layers,
        size.width,
        size.heads,
        size.gated,
        words=50264,
        text=size.text,
        codes=size.codes,
        logits=size.codes,
        cells=cells,
    )
    encoder = _random(lambda: Encoder(shape), dtype)
    decoder = _random(lambda: Decoder(shape), dtype)
    once = 2 * size.layers * size.width**2 * dtype.itemsize  # keys and values of the text
    read = _bytes(decoder.layers, decoder.lm_head) - once
    encoder, decoder = _placed(encoder, device), _placed(decoder, device)
    words = torch.full((2, 8), 5)
    return RandomDrafter(
        lambda count: GuidedReader(encoder, decoder, words, count, 4.0), read, cells, rows=2
    )


def _random(build: "Callable[[], Network]", dtype: "torch.dtype") -> "Network":
    import torch

    with torch.device("meta"):
        network = build()
    network.to(dtype).to_empty(device="cpu")
    for parameter in network.parameters():
        parameter.data.normal_(0, 0.02)
    return network.eval().requires_grad_(False)


def _placed(network: "Network", device: "torch.device") -> "Network":
    from engine.drafters.precision import placed

    return placed(network, device)


def _bytes(*parts: "nn.Module") -> int:
    found: Iterable[torch.Tensor] = (one for part in parts for one in part.parameters())
    return sum(one.numel() * one.element_size() for one in found)
