"""Drafts of compositions: their numbers for the layered prior, and its weights as a file."""

import random
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from engine.networks.layered_prior import Drafted, LayeredPrior, Vocabulary
from engine.pocket.composition import MOST, WHOLE, Composition, compose, varied
from store.reader.repertoire import Repertoire
from store.reader.wish import Wish

VOCABULARY = "vocabulary"  # its key in the metadata of the weights
# The hand that draws a thing where only one draws it well: the other one's cat is like a dog.
BETTER_HAND = {"whole cat": "twemoji"}


def drafted(
    vocabulary: Vocabulary, compositions: Sequence[Composition], styles: Sequence[str]
) -> Drafted:
    """Return compositions as numbers, each by one of the vocabulary's styles."""
    keys = {key: number for number, key in enumerate(vocabulary.things)}
    thing = torch.full((len(compositions), MOST), -1)
    colour = torch.full((len(compositions), MOST, 3), -1.0)
    box = torch.ones(len(compositions), MOST, 3)
    for n, composition in enumerate(compositions):
        for k, placed in enumerate(composition.things):
            thing[n, k] = keys[placed.key]
            box[n, k] = torch.tensor([placed.scale, placed.across, placed.down])
            if placed.colour is not None:
                colour[n, k] = torch.tensor(placed.colour)
    grounds = [composition.ground for composition in compositions]
    places = [vocabulary.places.index(g.place) if g.place else -1 for g in grounds]
    return Drafted(
        thing,
        colour,
        box,
        torch.tensor([vocabulary.styles.index(style) for style in styles]),
        torch.tensor([[*ground.upper, *ground.lower] for ground in grounds]),
        torch.tensor(places),
        torch.tensor([ground.variant for ground in grounds]),
        torch.tensor([vocabulary.times.index(ground.time) for ground in grounds]),
        torch.tensor([vocabulary.weathers.index(ground.weather) for ground in grounds]),
    )


class PocketDrafter:
    """A layered prior with the names of what it draws."""

    def __init__(self, prior: LayeredPrior) -> None:
        self.prior = prior

    @classmethod
    def load(cls, path: Path, device: torch.device | str = "cpu") -> "PocketDrafter":
        """Load it from safetensors whose metadata holds the vocabulary."""
        with safe_open(path, framework="pt") as file:
            vocabulary = Vocabulary.from_json(file.metadata()[VOCABULARY])
        weights = {key: value.float() for key, value in load_file(path).items()}
        prior = LayeredPrior(vocabulary, channels=len(weights["last.bias"]))
        prior.load_state_dict(weights)
        return cls(prior.eval().requires_grad_(False).to(device))

    @property
    def repertoire(self) -> Repertoire:
        """Return what it has learned to draw."""
        named = self.prior.vocabulary
        return Repertoire(
            frozenset(named.things) - {f"whole {key}" for key in WHOLE},
            frozenset(named.places),
            frozenset(named.times),
            frozenset(named.weathers),
            most_things=2,
            counts=True,
        )

    def can_draft(self, wish: Wish) -> bool:
        """Return whether it has learned all things and circumstances of a wish, which is of any."""
        known = self.repertoire
        things = all(thing.key in known.things for thing in wish.things)
        place = wish.place is None or wish.place in known.places
        return not wish.is_empty and things and place

    def composed_like(self, wish: Wish, seeds: Sequence[int]) -> list[Composition]:
        """Return the composition of the first seed, which each of the others changes a little."""
        first, *changes = seeds
        composition = compose(wish, random.Random(first))
        for seed in changes:
            composition = varied(composition, random.Random(seed))
        return [composition]

    def composed(self, wish: Wish, count: int, seed: int) -> list[Composition]:
        """Return so many compositions of a wish, each of them anew."""
        rng = random.Random(seed)
        return [compose(wish, rng) for _ in range(count)]

    @torch.no_grad()
    def draft(
        self, compositions: Sequence[Composition], grid: tuple[int, int], hand: int = 0
    ) -> Tensor:
        """Draft latents [n, channels, rows, columns].

        hand: the number of the style of the first; each of the others has the next one, but where
        one style draws a thing much better.
        """
        return self.prior.draft(self._told(compositions, hand), grid)

    @torch.no_grad()
    def covered(
        self, compositions: Sequence[Composition], grid: tuple[int, int], hand: int = 0
    ) -> Tensor:
        """Return how much things cover of the same drafts, [n, 1, rows, columns], 0..1."""
        return self.prior.covered(self._told(compositions, hand), grid)

    def _told(self, compositions: Sequence[Composition], hand: int) -> Drafted:
        known = self.prior.vocabulary.styles
        styles = [
            _better_hand(composition, known) or known[(hand + n) % len(known)]
            for n, composition in enumerate(compositions)
        ]
        where = self.prior.mean.device
        told = drafted(self.prior.vocabulary, compositions, styles)
        return Drafted(*(getattr(told, name).to(where) for name in told.__dataclass_fields__))


def _better_hand(composition: Composition, styles: Sequence[str]) -> str | None:
    """Return the style that draws one of the things much better than others, if any does."""
    hands = (BETTER_HAND.get(placed.key) for placed in composition.things)
    return next((hand for hand in hands if hand in styles), None)
