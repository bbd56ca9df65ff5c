"""Keep what the gradient needs in the host's memory, where a GPU has too little of its own."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def kept_on_host(wanted: bool, like: Tensor) -> AbstractContextManager[object]:
    """Return the context in which a forward pass keeps its tensors on the host, if that is wanted.

    They come back one by one during the backward pass. like: a tensor of the device that computes;
    a GPU reads pinned memory at the full speed of the bus.
    """
    if not wanted or not torch.is_grad_enabled():
        return nullcontext()
    return torch.autograd.graph.save_on_cpu(pin_memory=like.is_cuda)
