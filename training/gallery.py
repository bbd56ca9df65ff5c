"""Paint the README's gallery: fixed prompts, one seed, no selection.

`make gallery` writes `docs/gallery.png` and prints the prompts in order.
"""

import argparse
from pathlib import Path

import torch
from PIL import Image
from torch.nn import functional as F

from engine.images.output import pixels
from training.evaluation.paintings import paint_all

LIST = """
красный круг на синем фоне; a panda; жёлтая звезда на чёрном фоне; a red heart on white;
нарисуй кота; a pig; клубника; a penguin;
арбуз на белом фоне; pizza; ёлка; a rocket on a black background;
подсолнух; a sailboat; тыква; a mushroom;
зелёный треугольник на жёлтом фоне; a purple square on orange;
розовое сердце на голубом фоне; a tree;
красное яблоко на жёлтом фоне; a blue car; лиса; a frog;
снеговик на синем фоне; a house; корона; a key;
рыба на голубом фоне; an eye; кактус; a rainbow;
лев; an ice cream; чашка кофе; a robot;
кот:2 | звезда; a smiley on a light blue background; 🐸; a football
"""
PROMPTS = tuple(prompt.strip() for prompt in LIST.split(";"))
COLUMNS, SIDE = 8, 144


def main() -> None:
    """Paint all prompts and write the sheet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/gallery.png"))
    args = parser.parse_args()
    pictures = paint_all(PROMPTS, args.seed)
    small = F.interpolate(pictures, size=(SIDE, SIDE), mode="area")
    rows = [torch.cat(list(row), dim=2) for row in small.split(COLUMNS)]
    args.out.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels(torch.cat(rows, dim=1))).save(args.out, optimize=True)
    print("; ".join(PROMPTS))


if __name__ == "__main__":
    main()
