"""The judge of places: names the landscape of a picture, also with a thing in front of it."""

import random

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.images.finish import gouache
from engine.pocket.composition import compose
from store.reader.wish import Wish, WishedThing
from training.data.landscapes.light import TIMES
from training.data.landscapes.render import PLACES, render_landscape, weathers
from training.data.sprites import Placement, over, place
from training.judge import SIDE, PictureJudge

EXAMPLES = 100  # landscapes of each place that it learns from
OCCUPIED = 0.8  # share of them with a thing in front
FINISHED = 0.5  # share of them that are softened and finished, as delivered pictures are
SOFTEST = 3  # pixels that at most become one, before the finish
QUARTER = 0.58  # side of a quarter that it looks at, in sides of the picture
RIDGE = 0.3  # of its regression, whose features have mean 0 and deviation 1


class PlaceJudge:
    """A linear regression on what the judge sees in the quarters of landscapes unseen by models.

    Most of them have a thing in front, where compositions have it, so that it looks beside it; half
    of them are soft and have the painter's finish, so that it does not look for brushwork.
    """

    def __init__(self, judge: PictureJudge, art: tuple[Tensor, Tensor], seed: int = 1) -> None:
        """Learn the places; art: sprites and which there are, as `training.art.load` returns."""
        self.judge, self.art = judge, art
        pictures, places = landscapes_with_things(art, seed, EXAMPLES)
        rng = random.Random(f"finished {seed}")
        seen = self._seen(
            torch.stack(
                [_finished(one, rng) if rng.random() < FINISHED else one for one in pictures]
            )
        )
        self.mean, self.spread = seen.mean(0), seen.std(0) + 1e-3
        features = (seen - self.mean) / self.spread
        wanted = torch.eye(len(PLACES))[places] - 1 / len(PLACES)
        # There are fewer pictures than features: the dual form solves the smaller system.
        gram = features @ features.T + RIDGE * features.shape[1] * torch.eye(len(features))
        self.weights = features.T @ torch.linalg.solve(gram, wanted)

    def __call__(self, pictures: Tensor) -> list[str]:
        """Name the places of pictures [n, 3, h, w]."""
        return [list(PLACES)[number] for number in self._best(pictures).tolist()]

    def accuracy(self, seed: int = 2) -> float:
        """Return the share of new landscapes, on clear days, that it names."""
        pictures, places = landscapes_with_things(self.art, seed, 6, clear=True)
        return float((self._best(pictures) == places).float().mean())

    def _best(self, pictures: Tensor) -> Tensor:
        features = (self._seen(pictures) - self.mean) / self.spread
        best: Tensor = (features @ self.weights).argmax(1)
        return best

    @torch.no_grad()
    def _seen(self, pictures: Tensor) -> Tensor:
        return torch.cat([self._quarters(few) for few in pictures.split(16)])

    def _quarters(self, pictures: Tensor) -> Tensor:
        """Return the features of the four overlapping quarters, side by side."""
        size = round(QUARTER * pictures.shape[-1])
        rows = (pictures[..., :size, :], pictures[..., -size:, :])
        quarters = [part for row in rows for part in (row[..., :size], row[..., -size:])]
        return torch.cat([self.judge.features(quarter) for quarter in quarters], 1)


def landscapes_with_things(
    art: tuple[Tensor, Tensor], seed: int, count: int, *, clear: bool = False
) -> tuple[Tensor, Tensor]:
    """Draw `count` landscapes of each place [n, 3, SIDE, SIDE]; return them and their places."""
    rng = random.Random(f"places {seed}")
    bank, available = art
    sprites = available.nonzero().tolist()
    pictures = []
    for key in PLACES:
        for _ in range(count):
            time = TIMES[0] if clear else rng.choice(TIMES)
            weather = weathers(key)[0] if clear else rng.choice(weathers(key))
            picture = render_landscape(key, SIDE, rng, time, weather).picture
            if rng.random() < OCCUPIED:
                hand, number = rng.choice(sprites)
                picture = _in_front(bank[hand, number].float() / 255, key, picture, rng)
            pictures.append(picture)
    return torch.stack(pictures), torch.arange(len(PLACES)).repeat_interleave(count)


def _in_front(sprite: Tensor, key: str, picture: Tensor, rng: random.Random) -> Tensor:
    """Put a sprite where a composition would have a thing in this place."""
    (thing,) = compose(Wish((WishedThing("cat"),), place=key), rng).things
    where = Placement(thing.scale, 0.0, thing.across, thing.down)
    return over(place(sprite, where, SIDE), picture).clamp(0, 1)


def _finished(picture: Tensor, rng: random.Random) -> Tensor:
    """Return a picture [3, SIDE, SIDE] that is softened and finished, at its size."""
    cells = round(SIDE / rng.uniform(1, SOFTEST))
    small = F.interpolate(picture[None], size=(cells, cells), mode="area")
    soft = F.interpolate(small, size=(SIDE, SIDE), mode="bicubic", align_corners=False)[0]
    return F.interpolate(gouache(soft.clamp(0, 1))[None], size=(SIDE, SIDE), mode="area")[0]
