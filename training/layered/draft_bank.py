"""Draws compositions and keeps their latents, for the layered prior to learn from.

`python -m training.layered.draft_bank [--steps SHARDS]` needs the art of `training.data.art_bank`
and the VQGAN of the package, whose latents do not change any more. It goes on after the last shard
of `.training/drafts/`; each has a seed of its own, its number.
"""

import logging
import os
import random
import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from engine.kernels.precision import multiplies_bf16
from engine.networks.layered_prior import Vocabulary
from engine.networks.pocket_drafter import drafted
from engine.networks.vqgan import VQGAN
from engine.pocket.composition import CALM, CELLS, VARIANTS, Composition, Ground, Placed, compose
from engine.pocket.scorer import SIDE as SMALL
from engine.registry.packaged import POCKET_SHAPE
from store.reader.wish import Wish
from training.art import FOLDER
from training.data.art_bank import ArtBank
from training.data.landscapes.light import TIMES, WEATHERS
from training.data.landscapes.render import PLACES
from training.data.random_wishes import (
    KINDS,
    RECOLOURED,
    all_keys,
    drafted_keys,
    random_wish,
)
from training.data.render_composition import STYLES, CompositionPainter
from training.loop.arguments import start_training

log = logging.getLogger(__name__)
SIDE = CELLS * POCKET_SHAPE.cell
SHARD = 256  # pictures
RECOLOURED_EVERY = 2  # one shard in so many shows recoloured things alone, which are hardest
BATCH = 8
PORTRAITS = "portraits.pt"
PORTRAIT = 28 / CELLS  # the side of a thing alone, in sides of the picture


def vocabulary() -> Vocabulary:
    """Return the names of all that a composition may hold."""
    places, styles = tuple(PLACES), tuple(STYLES)
    return Vocabulary(tuple(drafted_keys()), styles, places, VARIANTS, TIMES, WEATHERS)


def packaged_vqgan() -> VQGAN:
    """Return the pocket VQGAN as it is shipped."""
    model = VQGAN(POCKET_SHAPE)
    weights = load_file(str(files("engine.pocket") / "vqgan.safetensors"))
    model.load_state_dict({key: value.float() for key, value in weights.items()})
    return model.to(memory_format=torch.channels_last).eval().requires_grad_(False)


@torch.no_grad()
def encoded(vqgan: VQGAN, pictures: Tensor) -> Tensor:
    """Encode pictures as fp16 latents, in bf16 where the processor is fast at it."""
    fast = multiplies_bf16()
    with torch.autocast("cpu", torch.bfloat16, enabled=fast):
        return vqgan.encode(pictures.contiguous(memory_format=torch.channels_last)).half()


def random_compositions(
    painter: CompositionPainter, rng: random.Random, count: int, kinds: Mapping[str, int] = KINDS
) -> list[tuple[Wish, Composition, str]]:
    """Draw wishes of some kinds, a composition of each, and a style that has drawn its things."""
    keys = all_keys()
    found: list[tuple[Wish, Composition, str]] = []
    while len(found) < count:
        wish, style = random_wish(rng, keys, kinds), rng.choice(STYLES)
        composition = compose(wish, rng)
        if all(painter.has(thing.key, style) for thing in composition.things):
            found.append((wish, composition, style))
    return found


def shard(vqgan: VQGAN, painter: CompositionPainter, number: int) -> dict[str, Any]:
    """Draw a shard: the tensors of `Drafted`, and fp16 latents [SHARD, channels, CELLS, CELLS].

    For the guide it also holds the pictures at its size, uint8, and their wishes as texts.
    """
    kinds = RECOLOURED if number % RECOLOURED_EVERY == 0 else KINDS
    drawn = random_compositions(painter, random.Random(number), SHARD, kinds)
    latents, small = [], []
    for at in range(0, SHARD, BATCH):
        pictures = torch.stack([painter(c, style) for _, c, style in drawn[at : at + BATCH]])
        small.append((F.interpolate(pictures, size=SMALL, mode="area") * 255).round().byte())
        latents.append(encoded(vqgan, pictures))
    told = drafted(vocabulary(), [c for _, c, _ in drawn], [style for _, _, style in drawn])
    return {
        **vars(told),
        "latents": torch.cat(latents),
        "small": torch.cat(small),
        "wishes": [str(wish) for wish, _, _ in drawn],
    }


def portraits(vqgan: VQGAN, painter: CompositionPainter) -> dict[str, Any]:
    """Draw each thing alone in each style, and each variant of each place on a clear day.

    Return their fp16 latents, and the row of each in the prior's embedding.
    """
    named = vocabulary()
    calm = Ground(CALM[0], CALM[0])
    things = [
        (
            number * len(named.styles) + kind,
            Composition(calm, (Placed(key, None, PORTRAIT),)),
            style,
        )
        for number, key in enumerate(named.things)
        for kind, style in enumerate(named.styles)
        if painter.has(key, style)
    ]
    places = [
        (number * VARIANTS + variant, Composition(Ground(place=place, variant=variant)), STYLES[0])
        for number, place in enumerate(named.places)
        for variant in range(VARIANTS)
    ]
    return {
        kind: {
            "rows": torch.tensor([row for row, _, _ in listed]),
            "latents": torch.cat(
                [
                    encoded(
                        vqgan, torch.stack([painter(c, s) for _, c, s in listed[at : at + BATCH]])
                    )
                    for at in range(0, len(listed), BATCH)
                ]
            ),
        }
        for kind, listed in (("things", things), ("places", places))
    }


def shard_path(number: int) -> Path:
    """Return where a shard lies."""
    return FOLDER / "drafts" / f"{number:05d}.pt"


def _write(path: Path, values: dict[str, Any]) -> None:
    fresh = path.with_suffix(".part")
    torch.save(values, fresh)
    os.replace(fresh, path)


def main() -> None:
    """Write the portraits and the shards that are not there yet."""
    shards = start_training(200)
    (FOLDER / "drafts").mkdir(exist_ok=True)
    vqgan, painter = packaged_vqgan(), CompositionPainter(ArtBank(), SIDE)
    if not (FOLDER / PORTRAITS).exists():
        _write(FOLDER / PORTRAITS, portraits(vqgan, painter))
    for number in range(shards):
        path = shard_path(number)
        if path.exists():
            continue
        began = time.process_time()
        _write(path, shard(vqgan, painter, number))
        log.info("shard %d: %.0f CPU s", number, time.process_time() - began)


if __name__ == "__main__":
    main()
