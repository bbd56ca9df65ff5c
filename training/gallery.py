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
кот на пляже; a panda; чёрный кот на жёлтом фоне; a penguin in the desert; сова; a red car;
король и королева; a bird on a tree; закат на море; an astronaut; кот в шляпе; a robot in space;
дом в лесу; three apples; лиса; a rocket on a black background; девочка с красным шариком; pizza;
зимний лес; a castle in the mountains; кот:2 | звезда; a blue fish on yellow; русалка под водой; 🐸
"""
PROMPTS = tuple(prompt.strip() for prompt in LIST.split(";"))
COLUMNS, SIDE = 6, 256


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
