"""What is asked of the painter, and what the judge and the guide say of the pictures."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.pocket.scorer import SIDE
from engine.pocket.vocabulary import COLOURS, SHAPES
from training.data.captions import buckets
from training.data.scenes import NATURAL, PLAIN, THINGS, RenderedWish, colours, seeded
from training.judge import PictureJudge, known, unseen_art
from training.scorer import Scorer, named

THINGS_ASKED, GROUNDS_ASKED, SHAPES_ASKED = 80, 28, 24  # GROUNDS_ASKED of the things have a ground


@dataclass(frozen=True)
class Asked:
    """A prompt, and what must be in its picture: labels as in training.scenes.Scene."""

    text: str
    russian: bool
    subject: int
    colour: int
    ground: int

    @property
    def group(self) -> str:
        kind = "shapes" if self.subject >= THINGS else "things"
        where = "" if self.ground == PLAIN else " on a ground"
        return f"{kind}{where} in {'Russian' if self.russian else 'English'}"


def asked() -> list[Asked]:
    """Fixed by chance, not by hand; every other one in Russian."""
    generator, _ = seeded(2026)
    weights = known(unseen_art()[1])
    things = torch.multinomial(weights, THINGS_ASKED, generator=generator).tolist()
    shapes = [THINGS + i % len(SHAPES) for i in range(SHAPES_ASKED)]
    out = []
    for i, subject in enumerate(things + shapes):
        colour, ground = torch.randperm(len(COLOURS), generator=generator)[:2].tolist()
        colour = colour if subject >= THINGS else NATURAL
        ground = ground if subject >= THINGS or i < GROUNDS_ASKED else PLAIN
        russian = (i + i // len(SHAPES)) % 2 == 0  # a shape comes once in each language
        text = named(subject, colour, ground, russian)
        out.append(Asked(text, russian, subject, colour, ground))
    return out


def wish(prompts: list[Asked]) -> RenderedWish:
    """What the prompts ask for, to be rendered instead of painted."""
    rows = torch.tensor([[a.subject, a.colour, a.ground] for a in prompts])
    return RenderedWish(*rows.unbind(1))


def colours_seen(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest named colours of thing and ground [n].

    The ground is the mean of a frame of a sixteenth; the thing is what differs from it.
    """
    n, _, side, _ = pictures.shape
    frame = side // 16
    rim = torch.ones(side, side, dtype=torch.bool)
    rim[frame:-frame, frame:-frame] = False
    ground = pictures[:, :, rim].mean(2)
    apart = (pictures - ground.view(n, 3, 1, 1)).norm(dim=1)
    inside = (apart > 0.6 * apart.amax((1, 2)).view(n, 1, 1)).unsqueeze(1)
    thing = (pictures * inside).sum((2, 3)) / inside.sum((2, 3))
    near = [torch.cdist(seen, colours()).argmin(1) for seen in (thing, ground)]
    return near[0], near[1]


@dataclass(frozen=True)
class PictureVerdict:
    """What is said of pictures [n] of prompts."""

    first: Tensor  # whether the judge's first guess is right
    five: Tensor  # whether one of its first five is
    colour: Tensor  # whether a shape has the colour that was asked for [shapes]
    ground: Tensor  # whether the ground has [pictures with a named ground]
    control: Tensor  # whether the judge's first guess is what another picture's prompt asks for
    guide: Tensor  # the guide's own score: cosine of the picture and its prompt

    def shares(self) -> dict[str, float]:
        return {name: float(getattr(self, name).float().mean()) for name in TITLES}


TITLES = {
    "first": "named by the judge, first guess",
    "five": "among its first five",
    "colour": "thing's colour right",
    "ground": "ground's colour right",
    "control": "control: another prompt's thing named",
    "guide": "the guide's own score, a cosine",
}


@torch.no_grad()
def verdict(
    judge: PictureJudge, guide: Scorer, prompts: list[Asked], pictures: Tensor
) -> PictureVerdict:
    """Of pictures that stand in the order of the prompts, seed by seed."""
    every = prompts * (len(pictures) // len(prompts))
    meant = wish(every)
    order = torch.cat([judge(p) for p in pictures.split(32)]).argsort(dim=1, descending=True)
    hit = order[:, :5] == meant.subject.unsqueeze(1)
    thing, ground = colours_seen(pictures)
    elsewhere = meant.subject.unsqueeze(0)
    other = elsewhere != meant.subject.unsqueeze(1)
    small = F.interpolate(pictures, size=(SIDE, SIDE), mode="area")
    seen = torch.cat([guide.see(p)[1] for p in small.split(32)])
    return PictureVerdict(
        hit[:, 0],
        hit.any(1),
        (thing == meant.colour)[meant.colour != NATURAL],
        (ground == meant.ground)[meant.ground != PLAIN],
        (order[:, :1] == elsewhere)[other],
        (seen * guide.text(buckets([a.text for a in every]))).sum(1),
    )
