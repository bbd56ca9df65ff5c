"""Pictures without captions, for the autoencoder: any art, any colours, on any ground."""

import math
import random
import zlib
from collections.abc import Sequence

import torch
from torch import Tensor

from training.data.art_bank import ArtBank
from training.data.grounds import random_ground
from training.data.landscapes.render import random_landscape
from training.data.sprites import Placement, over, place

PLACES = 0.35  # share of the pictures that show one
KEPT, FRESH = 300, 0.3  # what is used again, and the share of new landscapes
TRAINED = ("noto", "twemoji", "fluent-flat", "fluent-shaded")


def is_held_out(code: str) -> bool:
    """Return whether it is never learned, as one emoji in twenty: the measure is unseen art."""
    return zlib.crc32(code.encode()) % 20 == 0


class RandomPictures:
    """An endless supply of pictures [n, 3, side, side], 0..1."""

    def __init__(
        self, bank: ArtBank, side: int, rng: random.Random, *, held_out: bool = False
    ) -> None:
        self.bank, self.side, self.rng = bank, side, rng
        self.generator = torch.Generator().manual_seed(rng.getrandbits(60))
        self.landscapes: list[Tensor] = []
        self.kept: list[Tensor] = []
        self.numbers = [
            number
            for number in bank.numbers(TRAINED)
            if is_held_out(bank.sprites[number].code) == held_out
        ]

    def __call__(self, count: int) -> Tensor:
        """Draw new pictures [count, 3, side, side]."""
        return torch.stack([self.one() for _ in range(count)])

    def again(self, count: int) -> Tensor:
        """Draw as a call does, but two of three are earlier ones, mirrored: new ones are dear."""
        return torch.stack([self._again() for _ in range(count)])

    def _again(self) -> Tensor:
        if len(self.kept) < KEPT // 4 or self.rng.random() < 1 / 3:
            self.kept.append((self.one() * 255).round().byte())
            del self.kept[:-KEPT]
            return self.kept[-1] / 255
        return self.rng.choice(self.kept).flip(2) / 255

    def one(self) -> Tensor:
        """Draw a thing in the middle, a thing anywhere, several, or a place alone."""
        in_place = self.rng.random() < PLACES
        picture = self._landscape() if in_place else random_ground(self.side, self.generator)
        drawn = self.rng.random()
        if in_place and drawn < 0.4:
            where = []
        elif drawn < 0.6:
            where = [_upright(self.rng, 0.6, 1.0, 0.1)]
        elif drawn < 0.75:
            where = [_anywhere(self.rng, 0.5, 1.6, 0.4)]
        else:
            where = [_anywhere(self.rng, 0.2, 0.6, 0.8) for _ in range(self.rng.randint(2, 6))]
        for placement in where:
            picture = over(place(self._sprite(), placement, self.side), picture)
        return picture.clamp(0, 1)

    def _landscape(self) -> Tensor:
        if len(self.landscapes) < 8 or self.rng.random() < FRESH:
            self.landscapes.append(random_landscape(self.side, self.rng).picture)
            del self.landscapes[:-KEPT]
        picture = self.rng.choice(self.landscapes)
        return picture.flip(2) if self.rng.random() < 0.5 else picture

    def _sprite(self) -> Tensor:
        sprite = self.bank.read([self.rng.choice(self.numbers)])[0]
        return mixed(sprite, self.generator) if self.rng.random() < 0.4 else sprite


def _upright(rng: random.Random, least: float, most: float, room: float) -> Placement:
    return Placement(
        rng.uniform(least, most),
        rng.gauss(0, 0.06),
        rng.uniform(-room, room),
        rng.uniform(-room, room),
        rng.random() < 0.5,
    )


def _anywhere(rng: random.Random, least: float, most: float, room: float) -> Placement:
    return Placement(
        math.exp(rng.uniform(math.log(least), math.log(most))),
        rng.gauss(0, 0.4),
        rng.uniform(-room, room),
        rng.uniform(-room, room),
        rng.random() < 0.5,
    )


def mixed(sprite: Tensor, generator: torch.Generator) -> Tensor:
    """Return the sprite [4, h, w] with its colours turned about: red to green, brighter, paler."""
    mix = torch.eye(3)[torch.randperm(3, generator=generator)]
    mix = mix + torch.randn(3, 3, generator=generator) * 0.15
    rgb = torch.einsum("ij,jhw->ihw", mix, sprite[:3])
    return torch.cat([rgb.clamp(min=0).minimum(sprite[3:]), sprite[3:]])


def crops(pictures: Tensor, side: int, each: int, rng: random.Random) -> Tensor:
    """Cut `each` squares of every picture, at any place that is a multiple of 8."""
    room = (pictures.shape[-1] - side) // 8
    cut: Sequence[Tensor] = [
        picture[:, y : y + side, x : x + side]
        for picture in pictures
        for y, x in ((8 * rng.randint(0, room), 8 * rng.randint(0, room)) for _ in range(each))
    ]
    return torch.stack(list(cut))
