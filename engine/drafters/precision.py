"""The type of numbers that drafters compute in."""

import torch

from engine.kernels.precision import multiplies_bf16


def weights_dtype(device: torch.device) -> torch.dtype:
    """Return the type in which the device reads and multiplies large matrices fastest.

    Drawing a code reads every weight once, so half the bytes are half the time.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if device.type == "cpu" and multiplies_bf16() else torch.float32
