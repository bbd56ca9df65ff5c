"""A prior of layers: from a composition to a first draft of the picture, as a VQGAN's latent.

What a drawing of a thing looks like is a code of its own, learned with the network (an
auto-decoder: Bojanowski et al. 2018, Park et al. 2019): CODE numbers on each of ROUGH x ROUGH
cells. A thing is drawn from its code by itself; maps are put where the composition has them
(Jaderberg et al. 2015), over the map of the ground, and a last network makes one latent of all. So
two things are no harder than one.
"""

import json
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.prior import PriorBlock
from engine.pocket.composition import CELLS

ROUGH, CODE = 8, 16  # cells along each side of a code, and numbers for each of them
SKY = 3  # upper rows of the code of a place, where suns, moons and clouds are
FEATURES = 32  # of the map on which layers meet
MERGED = 48
SIZE = CODE * ROUGH * ROUGH  # of a code
LIGHT, TOLD = 16, 128  # widths of what is told


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
    """A code and what else is told -> a map of four times its rows and columns.

    The last doubling rearranges channels (Shi et al. 2016): fine maps are dear.
    """

    def __init__(self, told: int, last: int) -> None:
        super().__init__()
        rough, middle = 128, 96
        self.told = nn.Sequential(
            nn.Linear(told, TOLD), nn.GELU(), nn.Linear(TOLD, TOLD), nn.GELU()
        )
        self.first = nn.Conv2d(CODE, rough, 3, padding=1)
        self.rough = PriorBlock(rough, rough, TOLD)
        self.middle = nn.ModuleList(
            [PriorBlock(rough, middle, TOLD), PriorBlock(middle, middle, TOLD)]
        )
        self.last = nn.Conv2d(middle, 4 * last, 3, padding=1)

    def forward(self, code: Tensor, told: Tensor) -> Tensor:
        """Draw the map [n, last, 4 h, 4 w] of codes [n, CODE, h, w] and told numbers [n, told]."""
        told = self.told(told)
        x = self.rough(self.first(code), told)
        x = F.interpolate(x, scale_factor=2)
        for block in self.middle:
            x = block(x, told)
        return F.pixel_shuffle(self.last(F.silu(x)), 2)


def continued(code: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return the code of a place [n, CODE, ROUGH, ROUGH] for at least a grid (rows, columns).

    Beyond its edges it goes on mirrored, so that hills and horizons meet; the sky there has nothing
    but its colours, or else there would be two suns.
    """
    sky = code[:, :, :SKY].median(3, keepdim=True).values
    beyond = [max(0, -(-(cells - CELLS) * ROUGH // (2 * CELLS))) for cells in grid]  # either side
    for dim, more in zip((2, 3), beyond, strict=True):
        at = torch.arange(-more, ROUGH + more, device=code.device) % (2 * ROUGH)
        code = code.index_select(dim, torch.where(at < ROUGH, at, 2 * ROUGH - 1 - at))
    above, beside = beyond
    sky = torch.cat([sky[:, :, :1].expand(-1, -1, above, -1), sky], dim=2)
    code[:, :, :above] = sky[:, :, :above]
    code[:, :, : above + SKY, :beside] = sky
    code[:, :, : above + SKY, code.shape[3] - beside :] = sky
    return code


def cropped(drawn: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return the middle (rows, columns) of a map."""
    rows, columns = grid
    top, left = (drawn.shape[2] - rows) // 2, (drawn.shape[3] - columns) // 2
    return drawn[:, :, top : top + rows, left : left + columns]


class LayeredPrior(nn.Module):
    """Compositions -> latents [n, channels, CELLS, CELLS]."""

    def __init__(self, vocabulary: Vocabulary, channels: int = 32) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.thing = nn.Embedding(len(vocabulary.things) * len(vocabulary.styles), SIZE)
        self.things = Tower(4 + 7, FEATURES + 1)
        self.scenery = nn.Embedding(len(vocabulary.places) * vocabulary.variants, SIZE)
        self.time = nn.Embedding(len(vocabulary.times), LIGHT)
        self.weather = nn.Embedding(len(vocabulary.weathers), LIGHT)
        self.places = Tower(2 * LIGHT, FEATURES)
        self.plain = nn.Sequential(
            nn.Conv2d(3, FEATURES, 1), nn.SiLU(), nn.Conv2d(FEATURES, FEATURES, 1)
        )
        self.joined = nn.Conv2d(FEATURES + 3, MERGED, 3, padding=1)
        self.about = nn.Linear(6 + 1, TOLD)
        self.merged = nn.ModuleList([PriorBlock(MERGED, MERGED, TOLD) for _ in range(2)])
        self.last = nn.Conv2d(MERGED, channels, 3, padding=1)
        # Of the VQGAN's latents: the network itself works around zero, and about as large as one.
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("spread", torch.ones(channels, 1, 1))
        self.mean: Tensor
        self.spread: Tensor

    def forward(self, told: Drafted, grid: tuple[int, int] = (CELLS, CELLS)) -> Tensor:
        """Return latents of a grid (rows, columns), to be scaled by `spread` and moved by `mean`.

        What is composed lies in the square in the middle of it; the ground goes on beyond.
        """
        canvas = self._behind(told, grid)
        for number in range(told.thing.shape[1]):
            there = told.thing[:, number] >= 0
            if bool(there.any()):
                layer, alpha = self._layer(told[there], number, grid)
                under = canvas[there]
                canvas = canvas.index_put(
                    (there.nonzero()[:, 0],), (under + alpha * (layer - under)).to(canvas.dtype)
                )
        x = self.joined(canvas)
        plain = (told.place < 0).unsqueeze(1).float()
        about = F.gelu(self.about(torch.cat([(told.ground * 2 - 1) * plain, plain], dim=1)))
        for block in self.merged:
            x = block(x, about)
        return self.last(F.silu(x))  # type: ignore[no-any-return]

    def draft(self, told: Drafted, grid: tuple[int, int] = (CELLS, CELLS)) -> Tensor:
        """Return latents as the VQGAN's encoder gives them."""
        return self(told, grid) * self.spread + self.mean  # type: ignore[no-any-return]

    def covered(self, told: Drafted, grid: tuple[int, int] = (CELLS, CELLS)) -> Tensor:
        """Return how much of each cell things cover, [n, 1, rows, columns]."""
        bare = torch.ones(len(told.thing), 1, *grid, device=told.thing.device)
        for number in range(told.thing.shape[1]):
            there = told.thing[:, number] >= 0
            if bool(there.any()):
                bare[there] *= 1 - self._layer(told[there], number, grid)[1]
        return 1 - bare

    def scene_number(self, told: Drafted) -> Tensor:
        """Return the row of `scenery` for each place [n]."""
        return told.place * self.vocabulary.variants + told.variant

    def thing_number(self, thing: Tensor, style: Tensor) -> Tensor:
        """Return the row of `thing` for each thing [n], as its style draws it."""
        return thing * len(self.vocabulary.styles) + style

    def _behind(self, told: Drafted, grid: tuple[int, int]) -> Tensor:
        """Return the map of what is behind, and of the coordinates of no thing: all zero."""
        rows, columns = grid
        ramp = torch.linspace(0, 1, rows, device=told.ground.device).view(1, 1, rows, 1)
        upper, lower = told.ground[:, :3, None, None], told.ground[:, 3:, None, None]
        canvas = self.plain((upper + ramp * (lower - upper)).expand(-1, -1, -1, columns) * 2 - 1)
        there = (told.place >= 0).nonzero()[:, 0]
        if len(there):
            shown = told[there]
            light = torch.cat([self.time(shown.time), self.weather(shown.weather)], dim=1)
            code = self.scenery(self.scene_number(shown)).view(-1, CODE, ROUGH, ROUGH)
            places = cropped(self.places(continued(code, grid), light), grid)
            canvas = canvas.index_put((there,), places.to(canvas.dtype))
        return torch.cat([canvas, canvas.new_zeros(len(canvas), 3, rows, columns)], dim=1)

    def _layer(self, told: Drafted, number: int, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Draw one thing of each picture on the map of a grid (rows, columns).

        Return features with the thing's own coordinates, and how much it covers.
        """
        colour, box = told.colour[:, number], told.box[:, number]
        coloured = (colour[:, :1] >= 0).float()
        words = torch.cat(
            [
                coloured,
                (colour * 2 - 1) * coloured,
                (told.ground * 2 - 1) * (told.place < 0).unsqueeze(1),
                (told.place < 0).unsqueeze(1).float(),
            ],
            dim=1,
        )
        code = self.thing(self.thing_number(told.thing[:, number], told.style))
        drawn = self.things(code.view(-1, CODE, ROUGH, ROUGH), words)
        scale, across, down = box.unbind(1)
        zero, (rows, columns) = torch.zeros_like(scale), grid
        theta = torch.stack(
            [
                torch.stack([columns / CELLS / scale, zero, -across / scale], dim=1),
                torch.stack([zero, rows / CELLS / scale, -down / scale], dim=1),
            ],
            dim=1,
        )
        own = F.affine_grid(theta, [len(box), 1, rows, columns], align_corners=False)
        inside = (own.abs().amax(-1) < 1.1).float().unsqueeze(1)
        placed = F.grid_sample(drawn, own, padding_mode="border", align_corners=False)
        alpha = placed[:, -1:].sigmoid() * inside
        at = torch.cat([own.permute(0, 3, 1, 2).clamp(-1.2, 1.2), torch.ones_like(alpha)], dim=1)
        return torch.cat([placed[:, :-1], at], dim=1), alpha
