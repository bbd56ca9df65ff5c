"""Render labelled training pictures: a thing or a shape, its colour and its background."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.prior import Layouts
from engine.pocket.palette import PALETTE
from store.reader.vocabulary import COLOURS
from training.data.labels import NATURAL, PLAIN, THINGS, SceneLabels

PLACE_SHARE = 0.35  # of pictures that lie in a place, where there are some
GREY = (0.299, 0.587, 0.114)  # luma weights, ITU-R BT.601


def colours() -> Tensor:
    """Return the RGB values of the named colours [12, 3] in 0..1, on the default device."""
    return torch.tensor([PALETTE[c.key] for c in COLOURS]) / 255.0


@dataclass(frozen=True)
class RenderedScene:
    """Rendered pictures and their labels; subject numbers count things first, then shapes."""

    pictures: Tensor  # [n, 3, side, side], 0..1
    subject: Tensor  # [n]
    colour: Tensor  # [n], NATURAL for a thing in its own colours
    ground: Tensor  # [n], PLAIN for no named colour

    def __getitem__(self, index: Tensor) -> "RenderedScene":
        return RenderedScene(
            self.pictures[index], self.subject[index], self.colour[index], self.ground[index]
        )


def shape_mask(kind: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return signed distance-like fields of the twelve shapes; positive inside.

    x and y are [n, s, s] in units of the radius; the order of the shapes is that of SHAPES.
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
    """Renders labels with sprites: premultiplied RGBA [styles, THINGS, 4, s, s] uint8.

    `style_variation` is the share of things that are drawn in an unseen style: warped, recoloured,
    posterised or outlined. `places` [m, 3, side, side] are what lies behind PLACE_SHARE of them.
    """

    def __init__(
        self,
        bank: Tensor,
        available: Tensor,
        side: int,
        generator: torch.Generator,
        style_variation: float = 0.0,
        *,
        places: Tensor | None = None,
    ) -> None:
        if bank.shape[-1] > 2 * side:
            flat = bank.flatten(0, 1).float()
            small = F.interpolate(flat, size=(2 * side, 2 * side), mode="area").round().byte()
            bank = small.view(*bank.shape[:3], 2 * side, 2 * side)
        self.bank, self.available, self.side, self.generator = bank, available, side, generator
        self.style_variation, self.places, self.colours = style_variation, places, colours()

    def _uniform(self, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=self.generator)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.generator)

    def _bernoulli(self, count: int, p: float) -> Tensor:
        return torch.rand(count, generator=self.generator) < p

    def __call__(
        self, labels: SceneLabels, centred_share: float = 0.3, layouts: Layouts | None = None
    ) -> RenderedScene:
        """Render a batch; `centred_share` of it is upright, centred and on a plain ground.

        With `layouts` every thing is placed as given there, and none is mirrored.
        """
        n, side = len(labels.subject), self.side
        centred = self._bernoulli(n, centred_share)
        scale = torch.where(
            centred, self._uniform((n,), 0.72, 0.98), self._uniform((n,), 0.5, 1.35)
        )
        strength = torch.where(centred, 0.25, 1.0)
        rotation = self._normal(n) * 0.2 * strength
        flip = torch.where(self._bernoulli(n, 0.5) & (labels.subject < THINGS), -1.0, 1.0)
        max_shift = (1.05 - scale).abs().clamp(min=0.12).unsqueeze(1) * strength.unsqueeze(1)
        shift = self._uniform((n, 2), -1, 1)
        squeeze = 1 + self._normal(n) * 0.06 * strength
        shift = max_shift * shift * 0.8
        style = self._styles(labels)
        if layouts:
            style, scale, rotation, shift = (
                layouts.style,
                layouts.scale,
                layouts.rotation,
                layouts.shift,
            )
            flip, squeeze = torch.ones(n), torch.ones(n)
        cos, sin = torch.cos(rotation) / scale, torch.sin(rotation) / scale
        theta = torch.stack(
            [
                torch.stack([cos * flip * squeeze, sin * flip, -shift[:, 0] / scale], 1),
                torch.stack([-sin, cos, -shift[:, 1] / scale], 1),
            ],
            1,
        )
        grid = F.affine_grid(theta, [n, 1, side, side], align_corners=False)
        if self.style_variation:
            bends = self._normal(n, 2, 5, 5) * 0.07 * self._style_mask(n)
            bends = F.interpolate(bends, size=(side, side), mode="bicubic", align_corners=True)
            grid = grid + bends.permute(0, 2, 3, 1)
        layer, alpha = self._layers(labels, style, grid, scale)
        ground = self._ground(labels.ground, centred)
        pictures = layer + ground * (1 - alpha)
        return RenderedScene(
            self._degrade(pictures, centred), labels.subject, labels.colour, labels.ground
        )

    def _styles(self, labels: SceneLabels) -> Tensor:
        """Sample for each subject a style [n] whose sprites include it."""
        index = labels.subject.clamp(max=THINGS - 1)
        chances = self.available[:, index].T.float()
        return torch.multinomial(chances, 1, generator=self.generator).squeeze(1)

    def _layers(
        self, labels: SceneLabels, style: Tensor, grid: Tensor, scale: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return premultiplied colours and coverage of the subjects."""
        n = len(labels.subject)
        is_thing = labels.subject < THINGS
        sprites = self.bank[style, labels.subject.clamp(max=THINGS - 1)].float() / 255
        warped = F.grid_sample(sprites, grid, mode="bilinear", align_corners=False)
        rgb, alpha = self._vary_style(warped[:, :3], warped[:, 3:])
        tint = self.colours[labels.colour.clamp(max=NATURAL - 1)] + self._normal(n, 3) * 0.03
        tint = tint.clamp(0, 1).view(n, 3, 1, 1)
        light = (rgb * torch.tensor(GREY).view(1, 3, 1, 1)).sum(1, keepdim=True)
        mean = light.sum((2, 3), keepdim=True) / alpha.sum((2, 3), keepdim=True).clamp(min=1e-3)
        shade = light - mean * alpha  # around zero, premultiplied
        tinted = (tint * alpha + shade * 0.9).clamp(min=0).minimum(alpha)
        rgb = torch.where((labels.colour == NATURAL).view(n, 1, 1, 1), rgb, tinted)
        kind = (labels.subject - THINGS).clamp(min=0)
        field = shape_mask(kind, grid[..., 0], grid[..., 1])
        soft = (self.side / 2.2) * scale.view(n, 1, 1)
        mask = (field * soft + 0.5).clamp(0, 1).unsqueeze(1)
        glow = 1 + self._normal(n, 1, 1, 1) * 0.08 * grid[..., 1].unsqueeze(1)
        shape = (tint * glow).clamp(0, 1) * mask
        pick = is_thing.view(n, 1, 1, 1)
        return torch.where(pick, rgb, shape), torch.where(pick, alpha, mask)

    def _style_mask(self, count: int) -> Tensor:
        """Sample the mask [n, 1, 1, 1] of the sprites to vary: 1 or 0."""
        return self._bernoulli(count, self.style_variation).float().view(count, 1, 1, 1)

    def _vary_style(self, rgb: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
        """Recolour, posterise and outline independent random shares of the sprites."""
        if not self.style_variation:
            return rgb, alpha
        n = len(rgb)
        mix = torch.eye(3) + self._normal(n, 3, 3) * 0.13 * self._style_mask(n).squeeze(3)
        rgb = torch.einsum("nij,njhw->nihw", mix, rgb).clamp(min=0).minimum(alpha)
        levels = self._uniform((n, 1, 1, 1), 2, 5)
        flat = (rgb * levels).round().div(levels).minimum(alpha)
        rgb = rgb + (flat - rgb) * self._style_mask(n)
        grown = F.max_pool2d(alpha, 3, 1, 1)
        line = self._uniform((n, 3, 1, 1), 0, 0.25) * (grown - alpha)
        outlined = self._style_mask(n)
        return rgb + line * outlined, alpha + (grown - alpha) * outlined

    def _ground(self, ground: Tensor, centred: Tensor) -> Tensor:
        n, side = len(ground), self.side
        named = self.colours[ground.clamp(max=PLAIN - 1)] + self._normal(n, 3) * 0.035
        other = self._uniform((n, 3))
        first = torch.where((ground == PLAIN).unsqueeze(1), other, named).clamp(0, 1)
        second_offset = torch.where((ground == PLAIN).unsqueeze(1), 0.35, 0.09) * self._normal(n, 3)
        second = (first + second_offset * torch.where(centred, 0.5, 1.0).unsqueeze(1)).clamp(0, 1)
        angle = self._uniform((n, 1, 1), 0, 6.2832)
        line = torch.linspace(-1, 1, side)
        ramp = torch.cos(angle) * line.view(1, 1, side) + torch.sin(angle) * line.view(1, side, 1)
        ramp = (ramp * 0.36 + 0.5).unsqueeze(1)
        out = first.view(n, 3, 1, 1) * (1 - ramp) + second.view(n, 3, 1, 1) * ramp
        texture_strength = torch.where(centred, 0.0, 0.035) * self._uniform((n,))
        texture = F.interpolate(self._normal(n, 3, 8, 8), size=side, mode="bicubic")
        out = (out + texture * texture_strength.view(n, 1, 1, 1)).clamp(0, 1)
        if self.places is None:
            return out
        chosen = torch.randint(len(self.places), (n,), generator=self.generator)
        return torch.where(
            self._bernoulli(n, PLACE_SHARE).view(n, 1, 1, 1), self.places[chosen], out
        )

    def _degrade(self, pictures: Tensor, centred: Tensor) -> Tensor:
        """Vary brightness and contrast, blur and add noise, like a painting in progress."""
        n = len(pictures)
        strength = torch.where(centred, 0.3, 1.0).view(n, 1, 1, 1)
        gain = 1 + self._normal(n, 1, 1, 1) * 0.08 * strength
        out = (pictures - 0.5) * gain + 0.5 + self._normal(n, 1, 1, 1) * 0.03 * strength
        blurred = F.avg_pool2d(F.pad(out, (1, 1, 1, 1), mode="reflect"), 3, 1)
        out = torch.where((self._bernoulli(n, 0.25) & ~centred).view(n, 1, 1, 1), blurred, out)
        noise = self._normal(*out.shape) * 0.03 * self._uniform((n, 1, 1, 1)) * strength
        return (out + noise).clamp(0, 1)
