"""Gives a thing another colour and leaves its face: only the main colour of the art moves.

Colours are compared in Oklab (Ottosson 2020), where lightness and hue are apart.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
CELLS = 12  # of the histogram, along each side of the colour plane
REACH = 0.4  # ... which goes from -REACH to REACH
GREYISH = 0.045  # chroma below which a colour has no hue
HUE = 0.55  # radians around the main hue that still belong to it
SAME = 0.09  # distance in Oklab of a main colour that need not move
DARKEST, LIGHTEST = 0.27, 0.93  # main lightness that is painted: black and white keep their shading


def to_lab(rgb: Tensor) -> Tensor:
    """Convert sRGB [..., 3, h, w] -> Oklab."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = torch.einsum("ij,...jhw->...ihw", torch.tensor(TO_CONES), linear)
    return torch.einsum("ij,...jhw->...ihw", torch.tensor(TO_LAB), cones.clamp(min=0) ** (1 / 3))


def to_rgb(lab: Tensor) -> Tensor:
    """Convert Oklab [..., 3, h, w] -> sRGB, clamped to 0..1."""
    cones = torch.einsum("ij,...jhw->...ihw", torch.tensor(TO_LAB).inverse(), lab) ** 3
    linear = torch.einsum("ij,...jhw->...ihw", torch.tensor(TO_CONES).inverse(), cones)
    linear = linear.clamp(0, 1)
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def main_colour(lab: Tensor, weight: Tensor) -> Tensor:
    """Return the colour [3] that most of the art has; white and black, as eyes are, count half.

    lab [3, h, w] and how much each pixel counts [h, w].
    """
    light, a, b = (band.flatten() for band in lab)
    chroma = torch.hypot(a, b)
    plain = (chroma < GREYISH) & ((light > 0.93) | (light < 0.35))
    counts = weight.flatten() * torch.where(plain, 0.5, 1.0)

    def cell(value: Tensor) -> Tensor:
        return ((value / REACH + 1) / 2 * CELLS).long().clamp(0, CELLS - 1)

    # Greys are told apart by lightness, colours by hue alone: their shades belong together.
    hue = ((torch.atan2(b, a) / (2 * torch.pi) + 0.5) * CELLS).long().clamp(0, CELLS - 1)
    kind = torch.where(chroma < GREYISH, CELLS + cell((light - 0.5) * 2 * REACH), hue)
    votes = torch.zeros(2 * CELLS).index_add_(0, kind, counts)
    hues = votes[:CELLS]
    votes[:CELLS] = hues + 0.5 * (hues.roll(1) + hues.roll(-1))
    chosen = counts * (kind == votes.argmax())
    return torch.stack([(band * chosen).sum() for band in (light, a, b)]) / chosen.sum()


def belongs(lab: Tensor, main: Tensor) -> Tensor:
    """Return how much each pixel [h, w] is of the main colour or of its shades, 0..1."""
    light, a, b = lab
    chroma, main_chroma = torch.hypot(a, b), torch.hypot(main[1], main[2])
    if main_chroma < GREYISH:
        near: Tensor = torch.exp(-(((light - main[0]) / 0.22) ** 4))
        return near * torch.exp(-((chroma / (1.5 * GREYISH)) ** 4))
    turn = torch.atan2(b * main[1] - a * main[2], a * main[1] + b * main[2])
    same_hue = torch.exp(-((turn / HUE) ** 4))
    coloured = ((chroma - 0.25 * main_chroma) / (0.25 * main_chroma)).clamp(0, 1)
    found: Tensor = same_hue * coloured * ((light - 0.18) / 0.1).clamp(0, 1)
    return found


def recolour_main(sprite: Tensor, colour: Tensor) -> Tensor:
    """Return premultiplied RGBA [4, h, w] with its main colour turned to an sRGB one [3].

    Lightness around the main colour is kept as shading. Where the new colour is as dark, or as
    light, as the eyes and the outlines are, these are turned to the other side.
    """
    alpha = sprite[3]
    lab = to_lab(sprite[:3] / alpha.clamp(min=1e-3))
    main = main_colour(lab, alpha)
    if (main - to_lab(colour.view(3, 1, 1))[:, 0, 0]).norm() < SAME:
        return sprite
    mask = belongs(lab, main)
    target = to_lab(colour.view(3, 1, 1))[:, 0, 0]
    target[0] = target[0].clamp(DARKEST, LIGHTEST)
    shade = lab[0] - main[0]
    room = torch.where(shade < 0, target[0] - 0.12, 0.99 - target[0])
    light = target[0] + shade.sign() * room * torch.tanh(shade.abs() / (room + 0.05))
    ratio = (torch.hypot(lab[1], lab[2]) / torch.hypot(main[1], main[2]).clamp(min=0.03)).clamp(
        0.5, 1.3
    )
    if torch.hypot(main[1], main[2]) < GREYISH:
        ratio = torch.ones_like(ratio)
    painted = torch.stack([light, target[1] * ratio, target[2] * ratio])
    rest = _set_off(lab, mask, target[0])
    out = to_rgb(mask * painted + (1 - mask) * rest)
    return torch.cat([out * alpha, sprite[3:]])


def _set_off(lab: Tensor, mask: Tensor, light: Tensor) -> Tensor:
    """Return details that would sink into the new colour, made lighter or darker.

    The pupil of a white eye is seen well enough as it is.
    """
    if light <= DARKEST + 0.08:
        white = ((lab[0] - 0.86) / 0.08).clamp(0, 1) * (1 - mask)
        reach = 2 * (lab.shape[-1] // 24) + 1
        near_white = F.max_pool2d(white[None, None], reach, 1, reach // 2)[0, 0]
        dark = ((0.5 - lab[0]) / 0.12).clamp(0, 1) * (1 - near_white)
        return torch.cat([(lab[0] + dark * (0.86 - 0.6 * lab[0])).unsqueeze(0), lab[1:]])
    if light >= LIGHTEST - 0.03:
        plain = ((2 * GREYISH - torch.hypot(lab[1], lab[2])) / GREYISH).clamp(0, 1)
        pale = ((lab[0] - 0.86) / 0.08).clamp(0, 1) * plain
        return torch.cat([(lab[0] - 0.22 * pale).unsqueeze(0), lab[1:]])
    return lab


def rimmed(layer: Tensor, colour: Tensor, width: int) -> Tensor:
    """Return a premultiplied layer [4, h, w] with a rim of a colour [3] around it, `width` px wide.

    Sets a thing off from a ground of its own colour.
    """
    alpha = layer[3:].unsqueeze(0)
    grown = F.avg_pool2d(F.max_pool2d(alpha, 2 * width + 1, 1, width), 3, 1, 1)[0]
    rim = (grown - layer[3:]).clamp(0, 1)
    return torch.cat([layer[:3] + rim * colour.view(3, 1, 1), layer[3:] + rim])
