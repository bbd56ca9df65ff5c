"""Choose the type of numbers that networks compute with, by what the device is fast at."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

PRECISIONS = ("auto", "fp32", "bf16", "fp16")
# NVIDIA's compute capabilities: tensor cores for fp16 since Volta, for bf16 since Ampere. With fp8
# the gradient has too few digits.
FP16_SINCE, BF16_SINCE = (7, 0), (8, 0)
# Instructions of processors that multiply bf16 and add in fp32, twice as fast as fp32 or more.
BF16_INSTRUCTIONS = ("amx_bf16", "avx512_bf16")


def choose_precision(name: str, device: "torch.device") -> str:
    """Return the precision called `name`; `auto` is the fastest that keeps the gradient.

    Processors without bf16, and Apple's GPUs, compute in fp32.
    """
    import torch

    if name != "auto":
        return name
    if device.type == "cuda":
        capability = torch.cuda.get_device_capability(device)
        if capability >= BF16_SINCE:
            return "bf16"
        return "fp16" if capability >= FP16_SINCE else "fp32"
    if device.type == "cpu":
        return "bf16" if multiplies_bf16() else "fp32"
    return "fp32"


def multiplies_bf16() -> bool:
    """Return whether the processor is fast at bf16; False where torch is too old to tell."""
    return bool(bf16_instructions())


def bf16_instructions() -> tuple[str, ...]:
    """Return which of BF16_INSTRUCTIONS the processor has; none where torch is too old to tell."""
    import torch

    tell = getattr(torch.cpu, "get_capabilities", dict)  # since torch 2.8
    able: dict[str, object] = tell()
    return tuple(name for name in BF16_INSTRUCTIONS if able.get(name))


def type_of(precision: str) -> "torch.dtype":
    """Return torch's type for a precision other than `auto`."""
    import torch

    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
