"""Draws labelled pictures without end: a thing or a shape, its colour, its ground."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.prior import Layouts
from engine.pocket.palette import PALETTE
from engine.pocket.vocabulary import COLOURS, SHAPES, things

THINGS = len(things())
NATURAL = len(COLOURS)  # the colour label of a thing that keeps its own colours
PLAIN = len(COLOURS)  # the ground label of a ground that is none of the named colours
GREY = (0.299, 0.587, 0.114)


def colours() -> Tensor:
    """The named colours [12, 3], 0..1, on the device of the training."""
    return torch.tensor([PALETTE[c.key] for c in COLOURS]) / 255.0


@dataclass(frozen=True)
class RenderedScene:
    """Pictures and what stands in them; `subject` counts things first, then shapes."""

    pictures: Tensor  # [n, 3, side, side], 0..1
    subject: Tensor  # [n]
    colour: Tensor  # [n], NATURAL for a thing in its own colours
    ground: Tensor  # [n], PLAIN for no named colour

    def __getitem__(self, index: Tensor) -> "RenderedScene":
        return RenderedScene(
            self.pictures[index], self.subject[index], self.colour[index], self.ground[index]
        )


@dataclass(frozen=True)
class RenderedWish:
    """What a batch of pictures shall show: labels as in Scene."""

    subject: Tensor
    colour: Tensor
    ground: Tensor

    def rows(self) -> list[tuple[int, int, int]]:
        """Subject, colour and ground of each picture."""
        labels = (self.subject, self.colour, self.ground)
        return list(zip(*(label.tolist() for label in labels), strict=True))


def held_out(wish: RenderedWish) -> Tensor:
    """One in eight shape + colour + ground combinations is never trained on."""
    code = wish.subject * 31 + wish.colour * 7 + wish.ground * 13
    return (wish.subject >= THINGS) & (code % 8 == 0)


def random_wish(
    count: int, generator: torch.Generator, weights: Tensor, shapes: float = 0.3
) -> RenderedWish:
    """Draws labels; `weights` [THINGS] makes popular things more frequent."""

    def chance(p: float) -> Tensor:
        return torch.rand(count, generator=generator) < p

    thing = torch.multinomial(weights, count, replacement=True, generator=generator)
    shape = THINGS + torch.randint(len(SHAPES), (count,), generator=generator)
    is_shape = chance(shapes)
    subject = torch.where(is_shape, shape, thing)
    colour = torch.randint(len(COLOURS), (count,), generator=generator)
    colour = torch.where(is_shape | chance(0.2), colour, NATURAL)
    ground = torch.randint(len(COLOURS), (count,), generator=generator)
    ground = torch.where(ground == colour, (ground + 1) % len(COLOURS), ground)
    ground = torch.where(chance(0.12), PLAIN, ground)
    # A held-out combination gives its ground up for another one.
    for _ in range(4):
        bad = held_out(RenderedWish(subject, colour, ground))
        step = torch.where((ground + 1) % len(COLOURS) == colour, 2, 1)
        ground = torch.where(bad, (ground + step) % len(COLOURS), ground)
    return RenderedWish(subject, colour, ground)


def _shape_mask(kind: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Signed distance-like fields of the twelve shapes; x, y [n, s, s] in units of the radius.

    Positive inside; order as in SHAPES.
    """
    r = torch.sqrt(x * x + y * y + 1e-9)
    angle = torch.atan2(x, -y)

    def polygon(sides: int) -> Tensor:  # a corner points up
        wedge = 2 * math.pi / sides
        a = torch.remainder(angle, wedge) - wedge / 2
        return 0.9 * math.cos(wedge / 2) - r * torch.cos(a)

    def box(w: float, h: float) -> Tensor:
        return torch.minimum(w - x.abs(), h - y.abs())

    wedge = 2 * math.pi / 5
    a = (torch.remainder(angle + wedge / 2, wedge) - wedge / 2).abs()
    # The star's edge runs from an outer point (1, 0) to an inner one 36 degrees further.
    ex, ey = 0.42 * math.cos(wedge / 2) - 1, 0.42 * math.sin(wedge / 2)
    star = (ex * r * torch.sin(a) - ey * (r * torch.cos(a) - 1)) / math.hypot(ex, ey)
    hx, hy = x * 1.15, -y * 1.15 + 0.15
    heart = -((hx**2 + hy**2 - 0.75) ** 3 - 1.6 * hx**2 * hy**3) * 1.2
    fields = [
        0.85 - r,
        box(0.75, 0.75),
        polygon(3) + 0.08,
        star,
        heart,
        0.8 - (x.abs() * 1.25 + y.abs() * 0.85),
        polygon(6),
        0.8 - torch.sqrt((x * 0.85) ** 2 + (y * 1.35) ** 2 + 1e-9),
        box(0.9, 0.5),
        torch.maximum(box(0.85, 0.27), box(0.27, 0.85)),
        torch.minimum(0.9 - r, r - 0.52),
        torch.minimum(0.85 - r, torch.sqrt((x - 0.42) ** 2 + (y + 0.1) ** 2) - 0.68),
    ]
    stacked = torch.stack(fields, dim=1)  # [n, 12, s, s]
    return stacked.gather(1, kind.view(-1, 1, 1, 1).expand(-1, 1, *x.shape[1:])).squeeze(1)


class SceneRenderer:
    """Renders wishes from a bank of art: premultiplied RGBA [styles, THINGS, 4, s, s] uint8.

    `variety` is the share of things that come out as another hand would draw them: bent, with other
    tones, flat, or with an outline.
    """

    def __init__(
        self,
        bank: Tensor,
        present: Tensor,
        side: int,
        generator: torch.Generator,
        variety: float = 0.0,
    ) -> None:
        if bank.shape[-1] > 2 * side:
            flat = bank.flatten(0, 1).float()
            small = F.interpolate(flat, size=(2 * side, 2 * side), mode="area").round().byte()
            bank = small.view(*bank.shape[:3], 2 * side, 2 * side)
        self.bank, self.present, self.side, self.generator = bank, present, side, generator
        self.variety, self.colours = variety, colours()

    def _uniform(self, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=self.generator)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.generator)

    def _chance(self, count: int, p: float) -> Tensor:
        return torch.rand(count, generator=self.generator) < p

    def __call__(
        self, wish: RenderedWish, tidy: float = 0.3, layouts: Layouts | None = None
    ) -> RenderedScene:
        """`tidy` is the share of pictures with an upright thing in the middle of a calm ground.

        With `layouts` each thing lies as it is told, and none is mirrored.
        """
        n, side = len(wish.subject), self.side
        calm = self._chance(n, tidy)
        scale = torch.where(calm, self._uniform((n,), 0.72, 0.98), self._uniform((n,), 0.5, 1.35))
        loose = torch.where(calm, 0.25, 1.0)
        turn = self._normal(n) * 0.2 * loose
        flip = torch.where(self._chance(n, 0.5) & (wish.subject < THINGS), -1.0, 1.0)
        room = (1.05 - scale).abs().clamp(min=0.12).unsqueeze(1) * loose.unsqueeze(1)
        shift = self._uniform((n, 2), -1, 1)
        squeeze = 1 + self._normal(n) * 0.06 * loose
        shift = room * shift * 0.8
        style = self._styles(wish)
        if layouts:
            style, scale, turn, shift = layouts.style, layouts.scale, layouts.turn, layouts.shift
            flip, squeeze = torch.ones(n), torch.ones(n)
        cos, sin = torch.cos(turn) / scale, torch.sin(turn) / scale
        theta = torch.stack(
            [
                torch.stack([cos * flip * squeeze, sin * flip, -shift[:, 0] / scale], 1),
                torch.stack([-sin, cos, -shift[:, 1] / scale], 1),
            ],
            1,
        )
        grid = F.affine_grid(theta, [n, 1, side, side], align_corners=False)
        if self.variety:
            bends = self._normal(n, 2, 5, 5) * 0.07 * self._varied(n)
            bends = F.interpolate(bends, size=(side, side), mode="bicubic", align_corners=True)
            grid = grid + bends.permute(0, 2, 3, 1)
        layer, alpha = self._layers(wish, style, grid, scale)
        ground = self._ground(wish.ground, calm)
        pictures = layer + ground * (1 - alpha)
        return RenderedScene(self._weather(pictures, calm), wish.subject, wish.colour, wish.ground)

    def _styles(self, wish: RenderedWish) -> Tensor:
        """For each subject one of the styles that have it [n]."""
        index = wish.subject.clamp(max=THINGS - 1)
        chances = self.present[:, index].T.float()
        return torch.multinomial(chances, 1, generator=self.generator).squeeze(1)

    def _layers(
        self, wish: RenderedWish, style: Tensor, grid: Tensor, scale: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Premultiplied colours and coverage of the subjects."""
        n = len(wish.subject)
        is_thing = wish.subject < THINGS
        sprites = self.bank[style, wish.subject.clamp(max=THINGS - 1)].float() / 255
        warped = F.grid_sample(sprites, grid, mode="bilinear", align_corners=False)
        rgb, alpha = self._restyled(warped[:, :3], warped[:, 3:])
        tint = self.colours[wish.colour.clamp(max=NATURAL - 1)] + self._normal(n, 3) * 0.03
        tint = tint.clamp(0, 1).view(n, 3, 1, 1)
        light = (rgb * torch.tensor(GREY).view(1, 3, 1, 1)).sum(1, keepdim=True)
        mean = light.sum((2, 3), keepdim=True) / alpha.sum((2, 3), keepdim=True).clamp(min=1e-3)
        shade = light - mean * alpha  # around zero, premultiplied
        tinted = (tint * alpha + shade * 0.9).clamp(min=0).minimum(alpha)
        rgb = torch.where((wish.colour == NATURAL).view(n, 1, 1, 1), rgb, tinted)
        kind = (wish.subject - THINGS).clamp(min=0)
        field = _shape_mask(kind, grid[..., 0], grid[..., 1])
        soft = (self.side / 2.2) * scale.view(n, 1, 1)
        mask = (field * soft + 0.5).clamp(0, 1).unsqueeze(1)
        glow = 1 + self._normal(n, 1, 1, 1) * 0.08 * grid[..., 1].unsqueeze(1)
        shape = (tint * glow).clamp(0, 1) * mask
        pick = is_thing.view(n, 1, 1, 1)
        return torch.where(pick, rgb, shape), torch.where(pick, alpha, mask)

    def _varied(self, count: int) -> Tensor:
        """1 for what another hand draws, else 0 [n, 1, 1, 1]."""
        return self._chance(count, self.variety).float().view(count, 1, 1, 1)

    def _restyled(self, rgb: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
        """Other tones, fewer of them, an outline: each for its own share of the sprites."""
        if not self.variety:
            return rgb, alpha
        n = len(rgb)
        mix = torch.eye(3) + self._normal(n, 3, 3) * 0.13 * self._varied(n).squeeze(3)
        rgb = torch.einsum("nij,njhw->nihw", mix, rgb).clamp(min=0).minimum(alpha)
        levels = self._uniform((n, 1, 1, 1), 2, 5)
        flat = (rgb * levels).round().div(levels).minimum(alpha)
        rgb = rgb + (flat - rgb) * self._varied(n)
        grown = F.max_pool2d(alpha, 3, 1, 1)
        line = self._uniform((n, 3, 1, 1), 0, 0.25) * (grown - alpha)
        outlined = self._varied(n)
        return rgb + line * outlined, alpha + (grown - alpha) * outlined

    def _ground(self, ground: Tensor, calm: Tensor) -> Tensor:
        n, side = len(ground), self.side
        named = self.colours[ground.clamp(max=PLAIN - 1)] + self._normal(n, 3) * 0.035
        other = self._uniform((n, 3))
        first = torch.where((ground == PLAIN).unsqueeze(1), other, named).clamp(0, 1)
        drift = torch.where((ground == PLAIN).unsqueeze(1), 0.35, 0.09) * self._normal(n, 3)
        second = (first + drift * torch.where(calm, 0.5, 1.0).unsqueeze(1)).clamp(0, 1)
        angle = self._uniform((n, 1, 1), 0, 6.2832)
        line = torch.linspace(-1, 1, side)
        ramp = torch.cos(angle) * line.view(1, 1, side) + torch.sin(angle) * line.view(1, side, 1)
        ramp = (ramp * 0.36 + 0.5).unsqueeze(1)
        out = first.view(n, 3, 1, 1) * (1 - ramp) + second.view(n, 3, 1, 1) * ramp
        rough = torch.where(calm, 0.0, 0.035) * self._uniform((n,))
        texture = F.interpolate(self._normal(n, 3, 8, 8), size=side, mode="bicubic")
        return (out + texture * rough.view(n, 1, 1, 1)).clamp(0, 1)

    def _weather(self, pictures: Tensor, calm: Tensor) -> Tensor:
        """Brightness, contrast, blur and noise, as cutouts of a painting in progress have them."""
        n = len(pictures)
        loose = torch.where(calm, 0.3, 1.0).view(n, 1, 1, 1)
        gain = 1 + self._normal(n, 1, 1, 1) * 0.08 * loose
        out = (pictures - 0.5) * gain + 0.5 + self._normal(n, 1, 1, 1) * 0.03 * loose
        blurred = F.avg_pool2d(F.pad(out, (1, 1, 1, 1), mode="reflect"), 3, 1)
        out = torch.where((self._chance(n, 0.25) & ~calm).view(n, 1, 1, 1), blurred, out)
        noise = self._normal(*out.shape) * 0.03 * self._uniform((n, 1, 1, 1)) * loose
        return (out + noise).clamp(0, 1)


@cache
def _shares() -> tuple[float, ...]:
    """The weights of `popular_first`, read once."""
    shares, place = [], 0
    for line in files("engine.pocket").joinpath("things.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            place = 0
        elif line:
            place += 1
            shares.append(3.0 if place <= 12 else 1.0)
    return tuple(shares)


def popular_first() -> Tensor:
    """Weights [THINGS]: the first dozen things of each group are drawn three times as often."""
    return torch.tensor(_shares())


def seeded(seed: int) -> tuple[torch.Generator, random.Random]:
    """Sources of chance; the first draws on the device of the training."""
    return torch.Generator(torch.get_default_device()).manual_seed(seed), random.Random(seed)
