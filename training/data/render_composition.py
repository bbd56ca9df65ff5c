"""Draws a composition: sprites of one hand, in their colours, on a ground or in a place."""

import random
import zlib
from functools import cache

import numpy as np
import torch
from torch import Tensor

from engine.pocket.composition import WHOLE, Composition, Ground, Placed
from store.reader.vocabulary import SHAPES, Subject, things
from training.art import code_points
from training.data.art_bank import ArtBank
from training.data.grounds import shaded
from training.data.landscapes.render import render_landscape
from training.data.recolour import main_colour, recolour_main, rimmed, to_lab
from training.data.scenes import shape_mask
from training.data.sprites import Placement, over, place

STYLES = ("noto", "twemoji")
NEAR = 0.16  # distance in Oklab of a thing's colour and its ground's at which a rim sets it off
RIMS = 42  # of rims side by side along the picture: a thinner one is lost in codes of 8 x 8 pixels
SHAPE_COLOUR = (0.88, 0.13, 0.14)  # of a bare shape whose colour is not told


@cache
def subjects() -> dict[str, Subject]:
    """Return all that a composition may hold, by key."""
    tables = (*SHAPES, *things("things.txt"), *things("more_things.txt"))
    whole = (Subject(f"whole {key}", (), (), emoji) for key, emoji in WHOLE.items())
    return {subject.key: subject for subject in (*tables, *whole)}


class CompositionPainter:
    """Renders compositions [3, side, side], 0..1."""

    def __init__(self, bank: ArtBank, side: int) -> None:
        self.bank, self.side = bank, side
        self.numbers = {(s.style, s.code): i for i, s in enumerate(bank.sprites)}

    def has(self, key: str, style: str) -> bool:
        """Return whether this hand has drawn the thing; everyone draws bare shapes."""
        return self._is_shape(key) or (style, code_points(subjects()[key].emoji)) in self.numbers

    def __call__(self, composition: Composition, style: str) -> Tensor:
        """Draw a composition by one hand."""
        picture = self._ground(composition.ground)
        for thing in composition.things:
            picture = over(self._layer(thing, style, picture), picture)
        return picture.clamp(0, 1)

    def _ground(self, ground: Ground) -> Tensor:
        if ground.place:
            seed = zlib.crc32(f"{ground.place} {ground.variant}".encode())
            rng = random.Random(seed)
            return render_landscape(
                ground.place, self.side, rng, ground.time, ground.weather
            ).picture
        upper, lower = torch.tensor(ground.upper), torch.tensor(ground.lower)
        return shaded(upper, lower, np.pi / 2, self.side)

    def _layer(self, thing: Placed, style: str, behind: Tensor) -> Tensor:
        sprite = self._sprite(thing, style)
        where = Placement(thing.scale, 0.0, thing.across, thing.down)
        layer = place(sprite, where, self.side)
        if layer[3].sum() < 1:
            return layer
        main = main_colour(to_lab(layer[:3] / layer[3:].clamp(min=1e-3)), layer[3])
        share = layer[3] / layer[3].sum()
        around = to_lab((behind * share).sum((1, 2)).view(3, 1, 1))[:, 0, 0]
        if float((main - around).norm()) < NEAR:
            rim = torch.ones(3) if around[0] < 0.75 else torch.full((3,), 0.25)
            layer = rimmed(layer, rim, max(1, self.side // RIMS))
        return layer

    def _sprite(self, thing: Placed, style: str) -> Tensor:
        if self._is_shape(thing.key):
            return shape_sprite(thing.key, thing.colour or SHAPE_COLOUR)
        sprite = self.bank.read([self.numbers[style, code_points(subjects()[thing.key].emoji)]])[0]
        if thing.colour is None:
            return sprite
        return recolour_main(sprite, torch.tensor(thing.colour))

    @staticmethod
    def _is_shape(key: str) -> bool:
        return any(shape.key == key for shape in SHAPES)


def shape_sprite(key: str, colour: tuple[float, float, float], side: int = 512) -> Tensor:
    """Draw a bare shape of one colour, premultiplied RGBA [4, side, side]."""
    number = next(i for i, shape in enumerate(SHAPES) if shape.key == key)
    line = torch.linspace(-1, 1, side)
    y, x = torch.meshgrid(line, line, indexing="ij")
    field = shape_mask(torch.tensor([number]), x[None], y[None])[0]
    mask = (field * side / 2.2 + 0.5).clamp(0, 1)
    glow = 1 - 0.08 * y
    rgb = (torch.tensor(colour).view(3, 1, 1) * glow).clamp(0, 1) * mask
    return torch.cat([rgb, mask[None]])
