"""A prior: from a guide's text vector to a first draft of the picture, as a VQGAN's latent.

A small convolutional decoder (after Dosovitskiy et al. 2015, "Learning to Generate Chairs with
Convolutional Neural Networks") gives the mean of all pictures of the words in one layout.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

START = 3  # cells along the side of the first map; each of two steps doubles them
DRAFT_CELLS = START * 4
GROUPS = 8


class PriorBlock(nn.Module):
    """Two convolutions; what is told scales and shifts what lies between (Perez et al. 2018)."""

    def __init__(self, before: int, after: int, told: int) -> None:
        super().__init__()
        self.enter, self.between = nn.GroupNorm(GROUPS, before), nn.GroupNorm(GROUPS, after)
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.told = nn.Linear(told, 2 * after)
        self.past = nn.Conv2d(before, after, 1) if before != after else nn.Identity()

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """x [n, before, h, w] and told [n, told] -> [n, after, h, w]."""
        scale, shift = self.told(told)[:, :, None, None].chunk(2, dim=1)
        inner = self.between(self.first(F.silu(self.enter(x)))) * (1 + scale) + shift
        return self.past(x) + self.second(F.silu(inner))  # type: ignore[no-any-return]


class Prior(nn.Module):
    """Words and layouts -> latents [n, channels, DRAFT_CELLS, DRAFT_CELLS]."""

    def __init__(
        self, *, channels: int = 32, condition: int = 192, width: int = 256, fine: int = 160
    ) -> None:
        super().__init__()
        self.told = nn.Sequential(
            nn.Linear(condition + MEASURES, width), nn.GELU(), nn.Linear(width, width), nn.GELU()
        )
        self.first = nn.Linear(width, width * START * START)
        self.small = PriorBlock(width, width, width)
        self.middle = PriorBlock(width, width, width)
        self.large = nn.ModuleList([PriorBlock(width, fine, width), PriorBlock(fine, fine, width)])
        self.last = nn.Conv2d(fine, channels, 1)
        # Of the VQGAN's latents: the network itself works around zero, and about as large as one.
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("spread", torch.ones(channels, 1, 1))
        self.mean: Tensor
        self.spread: Tensor

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> "Prior":
        """The prior of a checkpoint, whose shapes tell its own."""
        channels, fine = weights["last.weight"].shape[:2]
        width, told = weights["told.0.weight"].shape
        prior = cls(channels=channels, condition=told - MEASURES, width=width, fine=fine)
        prior.load_state_dict({key: value.float() for key, value in weights.items()})
        return prior.eval().requires_grad_(False)

    def forward(self, words: Tensor, measures: Tensor) -> Tensor:
        """Words [n, condition] and measures of layouts [n, MEASURES] -> latents, to be scaled."""
        told = self.told(torch.cat([words, measures], dim=1))
        x = self.small(self.first(told).view(len(told), -1, START, START), told)
        x = self.middle(F.interpolate(x, scale_factor=2), told)
        x = F.interpolate(x, scale_factor=2)
        for block in self.large:
            x = block(x, told)
        return self.last(x)  # type: ignore[no-any-return]

    @torch.no_grad()
    def sample(
        self,
        words: Tensor,
        weights: Tensor,
        count: int,
        generator: torch.Generator,
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Latents of `count` drafts, each in a layout of its own, for phrases [k, condition] with
        weights [k].

        Each phrase leads away from the mean of all pictures, by its weight and in its sign, as in
        classifier-free guidance (Ho, Salimans 2022; Liu et al. 2022).
        """
        k = len(words)
        pull = (strength * weights / weights.abs().sum()).view(k, 1, 1, 1, 1)
        phrases = torch.cat([words, torch.zeros_like(words[:1])]).repeat_interleave(count, dim=0)
        measures = random_layouts(count, generator).measures().to(words.device)
        drafts = self(phrases, measures.repeat(k + 1, 1)).unflatten(0, (k + 1, count))
        mean = drafts[-1]
        draft = mean + (pull * (drafts[:-1] - mean)).sum(0)
        return draft * self.spread + self.mean  # type: ignore[no-any-return]


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
