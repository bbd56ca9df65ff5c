"""What the trained models can do, on renderings and on an art style that they never saw.

`python -m training.evaluate [negatives|scorer]` prints text -> picture R@1 of 100, for five draws
of candidates, and how well the VQGAN gives pictures back.
"""

import sys

import torch

from engine.manifest import POCKET_SHAPE
from engine.vqgan import VQGAN
from training import art
from training.checkpoint import load_part
from training.scenes import Painter, seeded
from training.scorer import Scorer, retrieval
from training.vqgan import report


def main() -> None:
    scorer = Scorer()
    scorer.load_state_dict(load_part(sys.argv[1] if len(sys.argv) > 1 else "negatives", "scorer"))
    for use in ("train", "test"):
        generator, _ = seeded(4242)
        paint = Painter(*art.load(use), 64, generator)
        for draw in range(5):
            print(f"{use} art, draw {draw + 1}: {retrieval(scorer, paint, 100 + draw)}", flush=True)
    vqgan = VQGAN(POCKET_SHAPE)
    vqgan.load_state_dict(load_part("vqgan", "model"))
    with torch.no_grad():
        print(report(vqgan, Painter(*art.load("train"), 128, seeded(4242)[0]), quantised=True))


if __name__ == "__main__":
    main()
