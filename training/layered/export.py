"""Write the layered prior, or the VQGAN with its new decoder, into the package as fp16.

`python -m training.layered.export prior|decoder` prints its line for the manifest. The metadata of
the prior names what it draws.
"""

import sys
from dataclasses import replace

import torch
from torch import Tensor

from engine.networks.layered_prior import Vocabulary
from engine.networks.pocket_drafter import VOCABULARY
from training.art import FOLDER
from training.export import write
from training.layered.draft_bank import PORTRAITS, vocabulary
from training.loop.checkpoint import load_component


def drawn_only(
    weights: dict[str, Tensor], named: Vocabulary, drawn: set[int]
) -> tuple[dict[str, Tensor], Vocabulary]:
    """Return weights and vocabulary without the things that no style has drawn.

    drawn: the rows of the embedding of things that have been learned.
    """
    styles = len(named.styles)
    kept = [
        number
        for number in range(len(named.things))
        if any(number * styles + style in drawn for style in range(styles))
    ]
    rows = torch.tensor([number * styles + style for number in kept for style in range(styles)])
    weights = {**weights, "thing.weight": weights["thing.weight"][rows]}
    return weights, replace(named, things=tuple(named.things[number] for number in kept))


def main() -> None:
    """Write the VQGAN, or the averaged weights of the prior."""
    if sys.argv[1:] == ["decoder"]:
        return write("vqgan", load_component("decoder", "model"))
    if sys.argv[1:] != ["prior"]:
        raise SystemExit("prior or decoder?")
    averaged = load_component("layered", "averaged")
    weights = {key[7:]: value for key, value in averaged.items() if key.startswith("module.")}
    alone = torch.load(FOLDER / PORTRAITS, map_location="cpu", weights_only=True)
    weights, named = drawn_only(weights, vocabulary(), set(alone["things"]["rows"].tolist()))
    return write("layered_prior", weights, {VOCABULARY: named.to_json()})


if __name__ == "__main__":
    main()
