"""Choose the device to paint on: an NVIDIA or Apple GPU that really computes, or the processor."""

import logging
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

DEVICES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str) -> "torch.device":
    """Return the device called `name`; `auto` is the first GPU that computes, else the processor.

    Raises EngineError for an unknown name, a GPU that is not there, and one for which this torch
    was not built, as CUDA 13 was not for cards of 2017.
    """
    device, refused = try_devices(name)
    for error in refused:
        log.warning("%(name)s is not used, torch cannot compute on it: %(reason)s", error.values)
    return device


def try_devices(name: str) -> "tuple[torch.device, list[EngineError]]":
    """Return what `choose_device` does, with an error for each GPU that `auto` leaves alone."""
    import torch

    if name not in DEVICES:
        raise EngineError("device-unknown", device=name)
    refused: list[EngineError] = []
    for kind in ("cuda", "mps") if name == "auto" else (name,):
        device = torch.device(kind)
        if kind == "cpu" or not _is_present(kind):
            continue
        trouble = _trouble(device)
        if trouble is None:
            return device, refused
        values = {"name": device_name(device), "device": kind, "reason": trouble}
        error = EngineError("device-unusable", **values)
        if name != "auto":
            raise error
        refused.append(error)
        _hide(kind)
    if name in ("cuda", "mps"):
        raise EngineError("device-missing", device=name)
    return torch.device("cpu"), refused


def _is_present(kind: str) -> bool:
    import torch

    return torch.cuda.is_available() if kind == "cuda" else torch.backends.mps.is_available()


def _hide(kind: str) -> None:
    """Let torch take a GPU that cannot be used as absent.

    Its optimisers ask any GPU that is there for its stream, also while all tensors are elsewhere.
    """
    import torch

    gpu: Any = torch.cuda if kind == "cuda" else torch.backends.mps
    gpu.is_available = lambda: False


def _trouble(device: "torch.device") -> str | None:
    """Run one matrix product on the device; return the first line of its error, or None."""
    import torch

    try:
        ones = torch.ones(8, 8).to(device)
        (ones @ ones).sum().item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        return str(error).partition("\n")[0]
    return None


def device_name(device: "torch.device") -> str:
    """Return the name of a GPU, with its compute capability, or of the processor."""
    import torch

    if device.type == "cpu":
        return platform.processor() or platform.machine()
    if device.type != "cuda":
        return "Apple GPU"
    major, minor = torch.cuda.get_device_capability(device)
    return f"{torch.cuda.get_device_name(device)} (sm_{major}{minor})"


def driver_version() -> str | None:
    """Return the version of NVIDIA's driver, where Linux tells it."""
    try:
        text = Path("/proc/driver/nvidia/version").read_text("utf-8")
    except OSError:
        return None
    found = re.search(r"Kernel Module\s+(?:for \S+\s+)?([\d.]+)", text)
    return found[1] if found else None
