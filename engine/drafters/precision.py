"""The type of numbers that drafters compute in.

Drawing a code reads every weight once, so half the bytes are half the time.
"""

from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.kernels import allocator
from engine.kernels.packed_linear import pack_linears, packs
from engine.kernels.precision import multiplies_bf16

Network = TypeVar("Network", bound=nn.Module)


def weights_dtype(device: torch.device) -> torch.dtype:
    """Return the type in which the device reads large matrices fastest."""
    if packs(device):
        return torch.float16
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if device.type == "cpu" and multiplies_bf16() else torch.float32


def placed(network: Network, device: torch.device) -> Network:
    """Return a network of `weights_dtype` on the device, ready to draw.

    Where its linear maps are packed, tables keep their numbers as they are, and all else is
    float32: what is looked up in them, activations, and keys and values.
    """
    if not packs(device):
        return network.to(device)
    pack_linears(network)
    for module in network.modules():
        if isinstance(module, nn.Embedding):
            module.register_forward_hook(_to_float)
        else:
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.float()
    allocator.give_back()  # the plain matrices that are packed now
    return network


def _to_float(table: nn.Module, indices: tuple[Tensor, ...], found: Tensor) -> Tensor:
    return found.float()
