"""Which device paints."""

from typing import TYPE_CHECKING

from engine.errors import EngineError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda")


def choose(name: str) -> "torch.device":
    """`auto` is the GPU where there is one; `cuda` without a GPU is an EngineError."""
    import torch

    if name not in DEVICES:
        raise EngineError("device-unknown", device=name)
    present = torch.cuda.is_available()
    if name == "cuda" and not present:
        raise EngineError("device-missing")
    return torch.device("cuda" if present and name != "cpu" else "cpu")
