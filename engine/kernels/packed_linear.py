"""Linear maps of few rows on x86 processors: weights in half precision, all else in fp32.

FBGEMM (Khudia et al. 2021, arXiv 2101.05615) stores the weights in the order in which its kernel
reads them. Drawing a code is bound by that reading: half the bytes of fp32 are half the time, and
torch's own product of bf16 brings a matrix into such an order anew each time.
"""

from importlib import import_module

import torch
from torch import nn

PACKED = "torch.ao.nn.quantized.dynamic"  # torch means to move it into a package of its own


def packs(device: torch.device) -> bool:
    """Return whether linear maps on the device can be packed."""
    if device.type != "cpu" or "fbgemm" not in torch.backends.quantized.supported_engines:
        return False
    try:
        import_module(PACKED)
    except ImportError:
        return False
    return True


def pack_linears(network: nn.Module) -> None:
    """Replace the linear maps in a network by packed ones, which map float32 to float32.

    They compute each row by itself: the result is the same for any number of rows. One plain matrix
    is freed before the next is packed.
    """
    for name, child in network.named_children():
        if isinstance(child, nn.Linear):
            setattr(network, name, _packed(child))
        else:
            pack_linears(child)


def _packed(linear: nn.Linear) -> nn.Module:
    # Its own weights are replaced at once.
    packed: nn.Module = import_module(PACKED).Linear(1, 1, dtype=torch.float16)
    bias = None if linear.bias is None else linear.bias.float()
    packed.set_weight_bias(linear.weight.float(), bias)  # type: ignore[operator]
    return packed
