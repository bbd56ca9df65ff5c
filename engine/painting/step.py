"""One step of a painting as everybody outside sees it: a GPU is read when it is asked for."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import SupportsFloat

import torch
from torch import Tensor


class LateNumber:
    """A number that a GPU computes and sends to the host, which does not wait before it reads."""

    def __init__(self, value: Tensor) -> None:
        self._host = value
        self._sent: torch.cuda.Event | None = None
        if value.is_cuda:
            self._host = torch.empty_like(value, device="cpu", pin_memory=True)
            self._host.copy_(value, non_blocking=True)
            self._sent = torch.cuda.Event()
            self._sent.record()

    def __float__(self) -> float:
        if self._sent is not None:
            self._sent.synchronize()
        return float(self._host)


@dataclass(frozen=True)
class Step:
    """The picture after `number` steps; step 0 is the initial one.

    While a drafter draws, step 0 comes again and again, with what is drawn so far and no loss.

    The loss is that of this picture, before its finish. `state` and `frame` must be called before
    the next step is asked for; loss and pictures may be read later, when the device has them.
    """

    number: int
    total: int
    late_loss: SupportsFloat
    shown: Callable[[], Tensor]  # copies the picture from the device; of several, their sheet
    state: Callable[[], dict[str, Tensor]]
    frame: Callable[[], Tensor]  # the picture as the animation shows it
    # While a draft is drawn, of which the picture is a part: the codes that are known, and all.
    drawn: tuple[int, int] | None = None
    last: bool = False  # there is no further step
    batch: int = 1  # paintings, also of other requests, whose steps were computed with this one
    several: "tuple[Step, ...]" = ()  # of each picture, where there are several

    @property
    def drafting(self) -> bool:
        """Return whether the picture is part of a draft."""
        return self.drawn is not None

    @property
    def place(self) -> int:
        """Return the number, or what counts up to it while the drafts of step 0 are drawn."""
        if self.drawn is None or self.number:
            return self.number
        known, all_codes = self.drawn
        return known - all_codes - 1

    @cached_property
    def loss(self) -> float:
        """Return the loss; wait for the device if it is still computing it."""
        return float(self.late_loss)

    @property
    def finite_loss(self) -> float | None:
        """Return the loss; None for a draft, which has none."""
        return self.loss if math.isfinite(self.loss) else None

    @cached_property
    def image(self) -> Tensor:
        """Return the picture [3, height, width] in 0..1, of the final size, or the sheet."""
        return self.shown()

    @property
    def parts(self) -> tuple[Tensor, ...]:
        """Return the pictures, where there are several."""
        return tuple(step.image for step in self.several)

    @property
    def pictures(self) -> tuple[Tensor, ...]:
        """Return each picture alone, [3, height, width]."""
        return self.parts or (self.image,)
