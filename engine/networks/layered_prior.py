"""A prior of layers: from a composition to a first draft of the picture, as a VQGAN's latent.

Each thing is drawn by itself in a small map, by a convolutional decoder (after Dosovitskiy et al.
2015); maps are put where the composition has them (Jaderberg et al. 2015), over the map of the
ground, and a last network makes one latent of all. So two things are no harder than one.
"""

import json
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.prior import PriorBlock

CELLS = 16  # of a draft, along each side
FINE = (
    2 * CELLS
)  # of the map on which layers meet: two for each cell, so that places are told finely
START = 4
FEATURES = 48
THING, STYLE, TOLD = 160, 16, 256  # widths of what is told


@dataclass(frozen=True)
class Vocabulary:
    """The names of all that a prior draws, in the order in which it counts them."""

    things: tuple[str, ...]
    styles: tuple[str, ...]
    places: tuple[str, ...]
    variants: int
    times: tuple[str, ...]
    weathers: tuple[str, ...]

    def to_json(self) -> str:
        """Return it as it stands in the metadata of the weights."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Vocabulary":
        """Read the reverse of `to_json`."""
        values = json.loads(text)
        lists = ("things", "styles", "places", "times", "weathers")
        names = {name: tuple(values[name]) for name in lists}
        return cls(variants=int(values["variants"]), **names)


@dataclass(frozen=True)
class Drafted:
    """Compositions of n pictures with up to k things each, as numbers.

    A thing that is not there has the number -1, as the place of a plain ground has.
    """

    thing: Tensor  # [n, k]
    colour: Tensor  # [n, k, 3], RGB; below zero where the thing keeps its own
    box: Tensor  # [n, k, 3]: scale, across, down
    style: Tensor  # [n]
    ground: Tensor  # [n, 6]: RGB above and below
    place: Tensor  # [n]
    variant: Tensor  # [n]
    time: Tensor  # [n]
    weather: Tensor  # [n]

    def __getitem__(self, index: Tensor) -> "Drafted":
        return Drafted(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


class Tower(nn.Module):
    """What is told -> a map [n, last, CELLS, CELLS], from START cells on."""

    def __init__(self, told: int, widths: tuple[int, int, int], last: int) -> None:
        super().__init__()
        small, middle, large = widths
        self.start = small
        self.told = nn.Sequential(
            nn.Linear(told, TOLD), nn.GELU(), nn.Linear(TOLD, TOLD), nn.GELU()
        )
        self.first = nn.Linear(TOLD, small * START * START)
        self.small = PriorBlock(small, small, TOLD)
        self.middle = PriorBlock(small, middle, TOLD)
        self.large = nn.ModuleList(
            [PriorBlock(middle, large, TOLD), PriorBlock(large, large, TOLD)]
        )
        self.last = nn.Conv2d(large, last, 3, padding=1)

    def forward(self, told: Tensor) -> Tensor:
        """Draw the map [n, last, CELLS, CELLS]."""
        told = self.told(told)
        x = self.small(self.first(told).view(len(told), self.start, START, START), told)
        x = self.middle(F.interpolate(x, scale_factor=2), told)
        x = F.interpolate(x, scale_factor=2)
        for block in self.large:
            x = block(x, told)
        return self.last(x)  # type: ignore[no-any-return]


class LayeredPrior(nn.Module):
    """Compositions -> latents [n, channels, CELLS, CELLS]."""

    def __init__(self, vocabulary: Vocabulary, channels: int = 32) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.thing = nn.Embedding(len(vocabulary.things), THING)
        self.style = nn.Embedding(len(vocabulary.styles), STYLE)
        self.things = Tower(THING + STYLE + 4 + 7, (192, 160, 96), FEATURES + 1)
        self.scenery = nn.Embedding(len(vocabulary.places) * vocabulary.variants + 1, THING)
        self.time = nn.Embedding(len(vocabulary.times), STYLE)
        self.weather = nn.Embedding(len(vocabulary.weathers), STYLE)
        self.grounds = Tower(THING + 2 * STYLE + 6, (128, 128, 96), FEATURES)
        self.joined = nn.Conv2d(FEATURES + 3, 144, 4, stride=2, padding=1)
        self.merged = nn.ModuleList([PriorBlock(144, 144, TOLD), PriorBlock(144, 144, TOLD)])
        self.last = nn.Conv2d(144, channels, 1)
        # Of the VQGAN's latents: the network itself works around zero, and about as large as one.
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("spread", torch.ones(channels, 1, 1))
        self.mean: Tensor
        self.spread: Tensor

    def forward(self, told: Drafted) -> Tensor:
        """Return latents, to be scaled by `spread` and moved by `mean`."""
        place = torch.where(
            told.place < 0, 0, 1 + told.place * self.vocabulary.variants + told.variant
        )
        behind = torch.cat(
            [
                self.scenery(place),
                self.time(told.time),
                self.weather(told.weather),
                told.ground * 2 - 1,
            ],
            dim=1,
        )
        canvas = F.interpolate(self.grounds(behind), size=(FINE, FINE), mode="bilinear")
        canvas = torch.cat([canvas, canvas.new_zeros(len(canvas), 3, FINE, FINE)], dim=1)
        for number in range(told.thing.shape[1]):
            there = told.thing[:, number] >= 0
            if bool(there.any()):
                layer, alpha = self._layer(told[there], number)
                under = canvas[there]
                canvas = canvas.index_put(
                    (there.nonzero()[:, 0],), (under + alpha * (layer - under)).to(canvas.dtype)
                )
        x = self.joined(canvas)
        about = self.grounds.told(behind)
        for block in self.merged:
            x = block(x, about)
        return self.last(x)  # type: ignore[no-any-return]

    def draft(self, told: Drafted) -> Tensor:
        """Return latents as the VQGAN's encoder gives them."""
        return self(told) * self.spread + self.mean  # type: ignore[no-any-return]

    def _layer(self, told: Drafted, number: int) -> tuple[Tensor, Tensor]:
        """Draw one thing of each picture on the fine map.

        Return features with the thing's own coordinates, and how much it covers.
        """
        colour, box = told.colour[:, number], told.box[:, number]
        coloured = (colour[:, :1] >= 0).float()
        words = torch.cat(
            [
                self.thing(told.thing[:, number]),
                self.style(told.style),
                coloured,
                (colour * 2 - 1) * coloured,
                (told.ground * 2 - 1) * (told.place < 0).unsqueeze(1),
                (told.place < 0).unsqueeze(1).float(),
            ],
            dim=1,
        )
        drawn = self.things(words)
        scale, across, down = box.unbind(1)
        zero = torch.zeros_like(scale)
        theta = torch.stack(
            [
                torch.stack([1 / scale, zero, -across / scale], dim=1),
                torch.stack([zero, 1 / scale, -down / scale], dim=1),
            ],
            dim=1,
        )
        grid = F.affine_grid(theta, [len(box), 1, FINE, FINE], align_corners=False)
        inside = (grid.abs().amax(-1) < 1.1).float().unsqueeze(1)
        placed = F.grid_sample(drawn, grid, padding_mode="border", align_corners=False)
        alpha = placed[:, -1:].sigmoid() * inside
        at = torch.cat([grid.permute(0, 3, 1, 2).clamp(-1.2, 1.2), torch.ones_like(alpha)], dim=1)
        return torch.cat([placed[:, :-1], at], dim=1), alpha
