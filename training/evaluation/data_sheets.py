"""Sheets of what the pocket models learn from, to be looked at before they do.

`python -m training.evaluation.data_sheets PATH` writes all places at all times; with prompts behind
PATH it writes what each of them is composed to, by each hand.
"""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from engine.pocket.composition import compose
from store.reader.read import read
from training.data.art_bank import ArtBank
from training.data.landscapes.light import TIMES
from training.data.landscapes.render import PLACES, render_landscape, weathers
from training.data.render_composition import STYLES, CompositionPainter
from training.evaluation.contact_sheet import write_contact_sheet

SIDE, COLUMNS = 256, 8


def all_places(rng: random.Random) -> Tensor:
    """Draw two rows of four times of day for each place."""
    return torch.stack(
        [
            render_landscape(place, SIDE, rng, time, rng.choice(weathers(place))).picture
            for place in PLACES
            for time in (*TIMES, *TIMES)
        ]
    )


def compositions(prompts: Sequence[str], rng: random.Random) -> Tensor:
    """Draw each prompt by each hand."""
    painter = CompositionPainter(ArtBank(), SIDE)
    pairs = [(prompt, style) for prompt in prompts for style in STYLES]
    return torch.stack([painter(compose(read(prompt), rng), style) for prompt, style in pairs])


def main() -> None:
    """Write the sheet that is asked for."""
    _, path, *prompts = sys.argv
    rng = random.Random(5)
    pictures = compositions(prompts, rng) if prompts else all_places(rng)
    write_contact_sheet(pictures, Path(path), COLUMNS)


if __name__ == "__main__":
    main()
