"""The prior: a network from a guide's text embedding to a draft of the picture, as a latent.

A small convolutional decoder (after Dosovitskiy et al. 2015, "Learning to Generate Chairs with
Convolutional Neural Networks") estimates the mean of all pictures of a text in one layout.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

START = 3  # cells along the side of the first feature map; two steps double it
DRAFT_CELLS = START * 4
NORM_GROUPS = 8  # of the group normalisation


class PriorBlock(nn.Module):
    """A residual block of two convolutions, modulated by a condition (FiLM, Perez et al. 2018)."""

    def __init__(self, before: int, after: int, condition: int) -> None:
        super().__init__()
        # The names of the modules are keys of the checkpoint.
        self.enter, self.between = (
            nn.GroupNorm(NORM_GROUPS, before),
            nn.GroupNorm(NORM_GROUPS, after),
        )
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.told = nn.Linear(condition, 2 * after)
        self.past = nn.Conv2d(before, after, 1) if before != after else nn.Identity()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map x [n, before, h, w] and condition [n, condition] to [n, after, h, w]."""
        scale, shift = self.told(condition)[:, :, None, None].chunk(2, dim=1)
        inner = self.between(self.first(F.silu(self.enter(x)))) * (1 + scale) + shift
        return self.past(x) + self.second(F.silu(inner))  # type: ignore[no-any-return]


class Prior(nn.Module):
    """Text embeddings and layouts -> latents [n, channels, DRAFT_CELLS, DRAFT_CELLS]."""

    def __init__(
        self, *, channels: int = 32, condition: int = 192, width: int = 256, fine: int = 160
    ) -> None:
        super().__init__()
        # The names of the modules are keys of the checkpoint.
        self.told = nn.Sequential(
            nn.Linear(condition + LAYOUT_NUMBERS, width),
            nn.GELU(),
            nn.Linear(width, width),
            nn.GELU(),
        )
        self.first = nn.Linear(width, width * START * START)
        self.small = PriorBlock(width, width, width)
        self.middle = PriorBlock(width, width, width)
        self.large = nn.ModuleList([PriorBlock(width, fine, width), PriorBlock(fine, fine, width)])
        self.last = nn.Conv2d(fine, channels, 1)
        # Of the VQGAN's latents, by which the output is scaled from mean 0 and deviation 1.
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("spread", torch.ones(channels, 1, 1))
        self.mean: Tensor
        self.spread: Tensor

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> "Prior":
        """Load the prior of a checkpoint, whose tensors' shapes determine its sizes."""
        channels, fine = weights["last.weight"].shape[:2]
        width, inputs = weights["told.0.weight"].shape
        prior = cls(channels=channels, condition=inputs - LAYOUT_NUMBERS, width=width, fine=fine)
        prior.load_state_dict({key: value.float() for key, value in weights.items()})
        return prior.eval().requires_grad_(False)

    def forward(self, texts: Tensor, numbers: Tensor) -> Tensor:
        """Map embeddings [n, condition] and layouts [n, MEASURES] to latents, not yet scaled."""
        condition = self.told(torch.cat([texts, numbers], dim=1))
        x = self.small(self.first(condition).view(len(condition), -1, START, START), condition)
        x = self.middle(F.interpolate(x, scale_factor=2), condition)
        x = F.interpolate(x, scale_factor=2)
        for block in self.large:
            x = block(x, condition)
        return self.last(x)  # type: ignore[no-any-return]

    @torch.no_grad()
    def sample(
        self,
        texts: Tensor,
        weights: Tensor,
        count: int,
        generator: torch.Generator,
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Sample `count` drafts [count, channels, DRAFT_CELLS, DRAFT_CELLS] in random layouts.

        texts: embeddings [k, condition] of phrases with weights [k]. Each moves the draft away from
        the unconditional mean by its signed weight, as in classifier-free guidance (Ho, Salimans
        2022) and its composition (Liu et al. 2022).
        """
        k = len(texts)
        guidance = (strength * weights / weights.abs().sum()).view(k, 1, 1, 1, 1)
        phrases = torch.cat([texts, torch.zeros_like(texts[:1])]).repeat_interleave(count, dim=0)
        numbers = random_layouts(count, generator).numbers().to(texts.device)
        drafts = self(phrases, numbers.repeat(k + 1, 1)).unflatten(0, (k + 1, count))
        mean = drafts[-1]
        draft = mean + (guidance * (drafts[:-1] - mean)).sum(0)
        return draft * self.spread + self.mean  # type: ignore[no-any-return]


STYLES = 2  # sets of drawings that the prior was trained on
COLOURS = 12  # of the palette
LAYOUT_NUMBERS = STYLES + 4 + 2 * COLOURS  # inputs of the network that describe a layout
NO_COLOUR = -1  # in place of an index into the palette


@dataclass(frozen=True)
class Layouts:
    """Layouts of n pictures, a condition of the prior beside the text.

    With them the prior does not have to average over layouts, as SDXL does not over crops (Podell
    et al. 2023, section 2.2).
    """

    style: Tensor  # [n], below STYLES
    scale: Tensor  # [n], the object's longer side over the picture's
    rotation: Tensor  # [n], radians
    shift: Tensor  # [n, 2], of the centre, in halves of the picture's side
    colour: Tensor  # [n], index into the palette, or UNSPECIFIED
    background: Tensor  # [n], index into the palette, or UNSPECIFIED

    def numbers(self) -> Tensor:
        """Return the network's inputs [n, MEASURES], each scaled to about 1."""
        # By the means and ranges of `random_layouts`.
        placement = ((self.scale - 0.9) * 20, self.rotation * 30, *(self.shift.T * 40))
        styles = F.one_hot(self.style, STYLES).float()
        colours = (
            F.one_hot(named + 1, COLOURS + 1)[:, 1:].float()
            for named in (self.colour, self.background)
        )
        return torch.cat([styles, torch.stack(placement, dim=1), *colours], dim=1)


def random_layouts(count: int, generator: torch.Generator) -> Layouts:
    """Sample layouts of upright, large, centred objects, on the generator's device.

    Half have a background colour and a quarter a colour, for objects without one of their own.
    """
    device = generator.device
    uniform = torch.rand(count, 5, generator=generator, device=device)
    colour, background = torch.randint(COLOURS, (2, count), generator=generator, device=device)
    return Layouts(
        torch.randint(STYLES, (count,), generator=generator, device=device),
        0.84 + 0.12 * uniform[:, 0],
        torch.randn(count, generator=generator, device=device) * 0.03,
        (uniform[:, 1:3] * 2 - 1) * 0.03,
        torch.where(uniform[:, 4] < 0.25, colour, NO_COLOUR),
        torch.where(uniform[:, 3] < 0.5, background, NO_COLOUR),
    )
