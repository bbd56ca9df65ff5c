"""Linear maps of few rows on x86 processors: weights in half precision, all else in fp32.

FBGEMM (Khudia et al. 2021, arXiv 2101.05615) stores the weights in the order in which its kernel
reads them. Drawing a code is bound by that reading: half the bytes of fp32 are half the time, and
torch's own product of bf16 brings a matrix into such an order anew each time.
"""

import torch
from torch import nn
from torch.ao.nn.quantized.dynamic import Linear as PackedLinear


def packs(device: torch.device) -> bool:
    """Return whether linear maps on the device can be packed."""
    return device.type == "cpu" and "fbgemm" in torch.backends.quantized.supported_engines


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
    packed = PackedLinear(1, 1, dtype=torch.float16)  # its own weights are replaced at once
    bias = None if linear.bias is None else linear.bias.float()
    packed.set_weight_bias(linear.weight.float(), bias)
    return packed
