"""Labels of training pictures: their sampling, and the generators that sample them."""

import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import torch
from torch import Tensor

from store.reader.vocabulary import COLOURS, SHAPES, things

THINGS = len(things())
NATURAL = len(COLOURS)  # colour label of a thing drawn in its natural colours
PLAIN = len(COLOURS)  # ground label of a background in no named colour


@dataclass(frozen=True)
class SceneLabels:
    """Labels of a batch to render; the values are those of RenderedScene."""

    subject: Tensor
    colour: Tensor
    ground: Tensor

    def rows(self) -> list[tuple[int, int, int]]:
        """Return (subject, colour, ground) of each picture."""
        labels = (self.subject, self.colour, self.ground)
        return list(zip(*(label.tolist() for label in labels), strict=True))


def held_out(labels: SceneLabels) -> Tensor:
    """Return the mask [n] of labels that are excluded from training.

    One in eight combinations of shape, colour and ground is held out.
    """
    code = labels.subject * 31 + labels.colour * 7 + labels.ground * 13
    return (labels.subject >= THINGS) & (code % 8 == 0)


def random_labels(
    count: int, generator: torch.Generator, weights: Tensor, shapes: float = 0.3
) -> SceneLabels:
    """Sample `count` labels; things are drawn in proportion to `weights` [THINGS]."""

    def bernoulli(p: float) -> Tensor:
        return torch.rand(count, generator=generator) < p

    thing = torch.multinomial(weights, count, replacement=True, generator=generator)
    shape = THINGS + torch.randint(len(SHAPES), (count,), generator=generator)
    is_shape = bernoulli(shapes)
    subject = torch.where(is_shape, shape, thing)
    colour = torch.randint(len(COLOURS), (count,), generator=generator)
    colour = torch.where(is_shape | bernoulli(0.2), colour, NATURAL)
    ground = torch.randint(len(COLOURS), (count,), generator=generator)
    ground = torch.where(ground == colour, (ground + 1) % len(COLOURS), ground)
    ground = torch.where(bernoulli(0.12), PLAIN, ground)
    # A held-out combination gets another ground.
    for _ in range(4):
        bad = held_out(SceneLabels(subject, colour, ground))
        step = torch.where((ground + 1) % len(COLOURS) == colour, 2, 1)
        ground = torch.where(bad, (ground + step) % len(COLOURS), ground)
    return SceneLabels(subject, colour, ground)


@cache
def _shares() -> tuple[float, ...]:
    """Return the weights of `frequency_weights`; the file is read once."""
    shares, position = [], 0
    for line in files("store.reader").joinpath("things.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            position = 0
        elif line:
            position += 1
            shares.append(3.0 if position <= 12 else 1.0)
    return tuple(shares)


def frequency_weights() -> Tensor:
    """Return sampling weights [THINGS]: 3 for the first twelve things of each group, else 1."""
    return torch.tensor(_shares())


def seeded_generators(seed: int) -> tuple[torch.Generator, random.Random]:
    """Return a torch generator on the default device and a Python one, both seeded."""
    return torch.Generator(torch.get_default_device()).manual_seed(seed), random.Random(seed)
