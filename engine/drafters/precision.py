"""The type of numbers that drafters compute in."""

import torch


def weights_dtype(device: torch.device) -> torch.dtype:
    """Return the type in which the device reads and multiplies large matrices fastest.

    Drawing a code reads every weight once, so half the bytes are half the time.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    tell = getattr(torch.cpu, "get_capabilities", dict)  # since torch 2.8
    capable: dict[str, object] = tell() if device.type == "cpu" else {}
    return torch.bfloat16 if capable.get("avx512_bf16") else torch.float32
