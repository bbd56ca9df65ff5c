"""Paints the README's gallery: fixed prompts, fixed seeds, nothing picked.

`python -m training.gallery [--seed N]` writes `docs/gallery.png` and prints the prompts in order.
"""

import argparse
from pathlib import Path

import torch
from PIL import Image

from engine.models import Names, load
from engine.output import pixels
from engine.painter import paint
from store.request import DrawRequest

PROMPTS = (
    "красный круг на синем фоне",
    "panda on a pink background",
    "жёлтая звезда на чёрном фоне",
    "a red heart on a white background",
    "кот",
    "a pig",
    "зелёная ёлка на белом фоне",
    "a penguin",
    "клубника на жёлтом фоне",
    "blue square on orange",
    "фиолетовый треугольник на жёлтом фоне",
    "a smiley on a light blue background",
)
COLUMNS = 6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/gallery.png"))
    args = parser.parse_args()
    models = load(Names(), "auto", Path("data/models"))
    pictures = []
    for prompt in PROMPTS:
        *_, last = paint(DrawRequest(prompt, seed=args.seed), models)
        print(f"{last.loss:.3f} {prompt}", flush=True)
        pictures.append(last.image)
    rows = [torch.cat(pictures[i : i + COLUMNS], dim=2) for i in range(0, len(pictures), COLUMNS)]
    args.out.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels(torch.cat(rows, dim=1))).save(args.out)


if __name__ == "__main__":
    main()
