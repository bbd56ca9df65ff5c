"""Draws compositions and keeps their latents, for the layered prior to learn from.

`python -m training.layered.draft_bank [--steps SHARDS]` needs the art of `training.data.art_bank`
and the autoencoder; it goes on after the last shard of `.training/drafts/`. Each shard has a seed
of its own, its number.
"""

import logging
import os
import random
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from engine.networks.layered_prior import Vocabulary
from engine.networks.pocket_drafter import drafted
from engine.networks.vqgan import VQGAN
from engine.pocket.composition import VARIANTS, Composition, compose
from engine.pocket.scorer import SIDE as SMALL
from store.reader.wish import Wish
from training.art import FOLDER
from training.data.art_bank import ArtBank
from training.data.landscapes.light import TIMES, WEATHERS
from training.data.landscapes.render import PLACES
from training.data.random_wishes import all_keys, drafted_keys, random_wish
from training.data.render_composition import STYLES, CompositionPainter
from training.layered.autoencoder import SHAPE, SIDE
from training.loop.arguments import start_training
from training.loop.checkpoint import load_component

log = logging.getLogger(__name__)
SHARD = 256  # pictures
BATCH = 8


def vocabulary() -> Vocabulary:
    """Return the names of all that a composition may hold."""
    places, styles = tuple(PLACES), tuple(STYLES)
    return Vocabulary(tuple(drafted_keys()), styles, places, VARIANTS, TIMES, WEATHERS)


def autoencoder() -> VQGAN:
    """Return it as it is trained by now."""
    model = VQGAN(SHAPE).to(memory_format=torch.channels_last)
    model.load_state_dict(load_component("autoencoder", "model"))
    return model.eval().requires_grad_(False)


def random_compositions(
    painter: CompositionPainter, rng: random.Random, count: int
) -> list[tuple[Wish, Composition, str]]:
    """Draw wishes, a composition of each, and a style that has drawn all of its things."""
    keys = all_keys()
    found: list[tuple[Wish, Composition, str]] = []
    while len(found) < count:
        wish, style = random_wish(rng, keys), rng.choice(STYLES)
        composition = compose(wish, rng)
        if all(painter.has(thing.key, style) for thing in composition.things):
            found.append((wish, composition, style))
    return found


@torch.no_grad()
def shard(vqgan: VQGAN, painter: CompositionPainter, number: int) -> dict[str, Any]:
    """Draw a shard: the tensors of `Drafted` and fp16 latents [SHARD, channels, 16, 16].

    For the guide it also holds the pictures at its size, uint8, and their wishes as texts.
    """
    drawn = random_compositions(painter, random.Random(number), SHARD)
    latents, small = [], []
    for at in range(0, SHARD, BATCH):
        pictures = torch.stack([painter(c, style) for _, c, style in drawn[at : at + BATCH]])
        small.append((F.interpolate(pictures, size=SMALL, mode="area") * 255).round().byte())
        latents.append(vqgan.encode(pictures.contiguous(memory_format=torch.channels_last)).half())
    told = drafted(vocabulary(), [c for _, c, _ in drawn], [style for _, _, style in drawn])
    return {
        **vars(told),
        "latents": torch.cat(latents),
        "small": torch.cat(small),
        "wishes": [str(wish) for wish, _, _ in drawn],
    }


def shard_path(number: int) -> Path:
    """Return where a shard lies."""
    return FOLDER / "drafts" / f"{number:05d}.pt"


def main() -> None:
    """Write the shards that are not there yet."""
    shards = start_training(200)
    (FOLDER / "drafts").mkdir(exist_ok=True)
    vqgan, painter = autoencoder(), CompositionPainter(ArtBank(), SIDE)
    for number in range(shards):
        path = shard_path(number)
        if path.exists():
            continue
        began = time.process_time()
        fresh = path.with_suffix(".part")
        torch.save(shard(vqgan, painter, number), fresh)
        os.replace(fresh, path)
        log.info("shard %d: %.0f CPU s", number, time.process_time() - began)


if __name__ == "__main__":
    main()
