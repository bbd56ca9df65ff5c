"""What the words of a prompt leave open in a draft: whose hand, how large, where, which ground."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

STYLES = 2  # sets of art that the prior learned from
GROUNDS = 12  # named colours
MEASURES = STYLES + 4 + GROUNDS  # numbers that tell a layout to a network
UNTOLD = -1


@dataclass(frozen=True)
class Layouts:
    """Layouts of n pictures. Told to a prior as it learns, they need not be guessed from the words,
    as the crops of SDXL's pictures need not (Podell et al. 2023, section 2.2)."""

    style: Tensor  # [n], below STYLES
    scale: Tensor  # [n], of the thing's longer side to the picture's
    turn: Tensor  # [n], radians
    shift: Tensor  # [n, 2], of the middle, in halves of the picture's side
    ground: Tensor  # [n], a named colour, or UNTOLD

    def measures(self) -> Tensor:
        """[n, MEASURES], each about as large as one."""
        numbers = ((self.scale - 0.9) * 20, self.turn * 30, *(self.shift.T * 40))
        hands = F.one_hot(self.style, STYLES).float()
        grounds = F.one_hot(self.ground + 1, GROUNDS + 1)[:, 1:].float()
        return torch.cat([hands, torch.stack(numbers, dim=1), grounds], dim=1)


def random_layouts(count: int, generator: torch.Generator) -> Layouts:
    """Upright, large, near the middle: as a sticker lies; the ground is told to every other one.

    On the generator's device.
    """
    where = generator.device
    uniform = torch.rand(count, 4, generator=generator, device=where)
    ground = torch.randint(GROUNDS, (count,), generator=generator, device=where)
    return Layouts(
        torch.randint(STYLES, (count,), generator=generator, device=where),
        0.84 + 0.12 * uniform[:, 0],
        torch.randn(count, generator=generator, device=where) * 0.03,
        (uniform[:, 1:3] * 2 - 1) * 0.03,
        torch.where(uniform[:, 3] < 0.5, ground, UNTOLD),
    )
