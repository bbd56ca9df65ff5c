"""Prompts of what the pocket models compose, and what must be seen in their pictures."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.pocket.composition import compose
from store.reader.describe import describe
from store.reader.read import read
from store.reader.vocabulary import COLOURS, subjects
from store.reader.wish import Wish, WishedThing
from training.data.landscapes.render import PLACES

GROUPS = ("plain", "coloured", "in a place", "two things")
AROUND = 1.2  # side of the square that is judged, in sides of the thing in it
CROP = 160  # pixels of that square


@dataclass(frozen=True)
class ComposedPrompt:
    """A prompt, its wish and its group; half of each group is Russian."""

    text: str
    group: str
    russian: bool
    wish: Wish

    @property
    def subjects(self) -> list[int]:
        """Return the numbers of its things, as the judge counts them."""
        keys = [subject.key for subject in subjects()]
        return [keys.index(thing.key) for thing in self.wish.things]


def composed_prompts(known: Sequence[str], count: int) -> list[ComposedPrompt]:
    """Return `count` prompts of each group, of the things of the keys; the groups take turns."""
    rng = random.Random(2026)
    by_group = [list(_prompts(group, known, count, rng)) for group in GROUPS]
    return [prompt for turn in zip(*by_group, strict=True) for prompt in turn]


def _prompts(
    group: str, known: Sequence[str], count: int, rng: random.Random
) -> Iterator[ComposedPrompt]:
    made = 0
    while made < count:
        wish, russian = _wish(group, known, rng), made % 2 == 1
        text = describe(wish, "ru" if russian else "en")
        if str(read(text)) == str(wish):
            made += 1
            yield ComposedPrompt(text, group, russian, wish)


def _wish(group: str, known: Sequence[str], rng: random.Random) -> Wish:
    first, second = rng.sample(known, 2)
    colour, ground = (one.key for one in rng.sample(COLOURS, 2))
    if group == "coloured":
        return Wish((WishedThing(first, colour),), ground=ground)
    if group == "in a place":
        return Wish((WishedThing(first),), place=rng.choice(list(PLACES)))
    if group == "two things":
        return Wish((WishedThing(first), WishedThing(second)), "and")
    return Wish((WishedThing(first),))


def crops(prompt: ComposedPrompt, picture: Tensor) -> Tensor:
    """Return the squares [things, 3, CROP, CROP] of a picture in which its things must lie.

    One thing on a ground fills the picture; all else lies by rules that only jitter.
    """
    if prompt.group in ("plain", "coloured"):
        return F.interpolate(picture[None], size=(CROP, CROP), mode="area")
    placed = compose(prompt.wish, random.Random(0)).things
    theta = torch.zeros(len(placed), 2, 3)
    for row, thing in zip(theta, placed, strict=True):
        row[0, 0] = row[1, 1] = thing.scale * AROUND
        row[0, 2], row[1, 2] = thing.across, thing.down
    grid = F.affine_grid(theta, [len(placed), 3, CROP, CROP], align_corners=False)
    small = F.interpolate(picture[None], size=(256, 256), mode="area")
    return F.grid_sample(
        small.expand(len(placed), -1, -1, -1), grid, padding_mode="border", align_corners=False
    )
