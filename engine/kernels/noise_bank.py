"""Noise that is drawn once on the host and kept on the device: a step takes windows of it."""

import torch
from torch import Tensor

SIZE = 2**21  # numbers: 8 MB, which a core draws in 20 ms
WINDOWS = 4  # of the longest, that it has room for at least


class NoiseBank:
    """Standard normal numbers of a seed, the same on any device.

    To draw the noise of 32 views of 224 px takes a core 45 ms, longer than a fast GPU takes for the
    step, and 19 MB have to be sent to it. Of windows only the places are drawn and sent. Two that
    overlap show the same numbers at different pixels.
    """

    def __init__(self, seed: int, longest: int, device: torch.device) -> None:
        """Draw numbers for windows of up to `longest` of them."""
        generator = torch.Generator().manual_seed(seed)
        size = max(SIZE, WINDOWS * longest)
        self._numbers = torch.randn(size, generator=generator).to(device)

    def windows(self, count: int, length: int, generator: torch.Generator) -> Tensor:
        """Return so many windows [count, length], at places that the (CPU) generator draws."""
        places = torch.randint(len(self._numbers) - length + 1, (count,), generator=generator)
        return self._numbers.unfold(0, length, 1)[sent(places, self._numbers.device)]


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on another device; a GPU fetches it from the host while that goes on."""
    if device.type != "cuda" or tensor.is_cuda:
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)
