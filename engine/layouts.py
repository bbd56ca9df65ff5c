"""What the words of a prompt leave open in a draft: whose hand, how large, where, which colours."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

STYLES = 2  # sets of art that the prior learned from
COLOURS = 12  # named ones
MEASURES = STYLES + 4 + 2 * COLOURS  # numbers that tell a layout to a network
UNTOLD = -1


@dataclass(frozen=True)
class Layouts:
    """Layouts of n pictures. Told to a prior as it learns, they need not be guessed from the words,
    as the crops of SDXL's pictures need not (Podell et al. 2023, section 2.2)."""

    style: Tensor  # [n], below STYLES
    scale: Tensor  # [n], of the thing's longer side to the picture's
    turn: Tensor  # [n], radians
    shift: Tensor  # [n, 2], of the middle, in halves of the picture's side
    colour: Tensor  # [n], a named one of the thing, or UNTOLD
    ground: Tensor  # [n], a named colour, or UNTOLD

    def measures(self) -> Tensor:
        """[n, MEASURES], each about as large as one."""
        numbers = ((self.scale - 0.9) * 20, self.turn * 30, *(self.shift.T * 40))
        hands = F.one_hot(self.style, STYLES).float()
        colours = (
            F.one_hot(named + 1, COLOURS + 1)[:, 1:].float() for named in (self.colour, self.ground)
        )
        return torch.cat([hands, torch.stack(numbers, dim=1), *colours], dim=1)


def random_layouts(count: int, generator: torch.Generator) -> Layouts:
    """Upright, large, near the middle: as a sticker lies; every other one is told a ground, and
    every fourth a colour, for what has none of its own: a star may be red.

    On the generator's device.
    """
    where = generator.device
    uniform = torch.rand(count, 5, generator=generator, device=where)
    colour, ground = torch.randint(COLOURS, (2, count), generator=generator, device=where)
    return Layouts(
        torch.randint(STYLES, (count,), generator=generator, device=where),
        0.84 + 0.12 * uniform[:, 0],
        torch.randn(count, generator=generator, device=where) * 0.03,
        (uniform[:, 1:3] * 2 - 1) * 0.03,
        torch.where(uniform[:, 4] < 0.25, colour, UNTOLD),
        torch.where(uniform[:, 3] < 0.5, ground, UNTOLD),
    )
