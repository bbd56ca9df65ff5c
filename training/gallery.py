"""Paint the README's gallery: fixed prompts, one seed, no selection.

`make gallery` writes `docs/gallery.png` and prints the prompts in order; and `docs/four.png`, four
pictures at once as the bot sends them.
"""

import argparse
from pathlib import Path

import torch
from PIL import Image
from torch.nn import functional as F

from engine.images.inputs import from_disk
from engine.images.output import pixels
from engine.painting_run import Finished, run
from engine.pipeline import open_pipeline, with_defaults
from engine.settings import EngineSettings
from engine.worker.sheet_painter import sheet
from store.request.request import DrawRequest
from training.evaluation.paintings import paint_all

LIST = """
кот на пляже; a panda; чёрный кот на жёлтом фоне; a penguin in the desert; сова; a red car;
король и королева; a bird on a tree; закат на море; an astronaut; кот в шляпе; a robot in space;
дом в лесу; three apples; лиса; a rocket on a black background; девочка с красным шариком; pizza;
зимний лес; a castle in the mountains; кот:2 | звезда; a blue fish on yellow; русалка под водой; 🐸
"""
PROMPTS = tuple(prompt.strip() for prompt in LIST.split(";"))
COLUMNS, SIDE = 6, 256
FOUR = "рыжий кот на пляже"
FOUR_SEED = 70
FOUR_SIDE = 640  # pixels


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
    four(FOUR_SEED).save(args.out.with_name("four.png"), optimize=True)
    print("; ".join(PROMPTS))


def four(seed: int) -> Image.Image:
    """Paint a sheet of four."""
    settings = EngineSettings(_env_file=None)
    pipeline = open_pipeline(settings)
    request = with_defaults(DrawRequest(FOUR, seed=seed, at_once=4), settings)
    pictures = []
    for part in pipeline.parts(request, pipeline.load(request)):
        finished = list(run(part, pipeline, from_disk()))[-1]
        assert isinstance(finished, Finished)
        pictures.append(finished.picture)
    whole = Image.fromarray(sheet(pictures, len(pictures)))
    whole.thumbnail((FOUR_SIDE, FOUR_SIDE))
    return whole.quantize(256, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
