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
    "кот",
    "жёлтая звезда на чёрном фоне",
    "a red heart on a white background",
    "panda on a pink background",
    "арбуз",
    "зелёная ёлка на белом фоне",
    "a pig",
    "клубника на жёлтом фоне",
    "blue fish on a white background",
    "дом на зелёном фоне",
    "a snowman on a light blue background",
    "пицца",
    "fox on a green background",
    "фиолетовый треугольник на жёлтом фоне",
    "a balloon on a light blue background",
    "лягушка",
    "a penguin",
    "череп на чёрном фоне",
    "red mushroom on a green background",
)
COLUMNS = 10


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
