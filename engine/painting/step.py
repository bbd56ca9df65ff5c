"""One step of a painting, as everybody outside sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Step:
    """The picture after `number` steps; step 0 is the initial one.

    While a drafter draws, step 0 comes again and again, with what is drawn so far and no loss.

    The loss is that of this picture, before its finish. `state` and `frame` must be called before
    the next step is asked for.
    """

    number: int
    total: int
    loss: float
    image: Tensor  # [3, height, width], 0..1, of the final size; of several pictures, their sheet
    state: Callable[[], dict[str, Tensor]]
    frame: Callable[[], Tensor]  # the picture as the animation shows it
    drafting: bool = False  # the picture is part of a draft
    parts: tuple[Tensor, ...] = ()  # the pictures, where there are several
    last: bool = False  # there is no further step

    @property
    def pictures(self) -> tuple[Tensor, ...]:
        """Return each picture alone, [3, height, width]."""
        return self.parts or (self.image,)
