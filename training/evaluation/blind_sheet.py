"""A sheet of sixty pictures without captions, shuffled, and its key: for an eye that knows neither.

`make blind-sheet` paints `blind_prompts.txt` with one seed and writes `.training/blind-sheet.png`
and `.training/blind-sheet-key.txt`. Whoever looks writes down what each picture shows before the
key is opened.
"""

import argparse
import random
from collections.abc import Sequence
from importlib.resources import files

from torch import Tensor
from torch.nn import functional as F

from training.art import FOLDER
from training.evaluation.contact_sheet import write_contact_sheet

COLUMNS, SIDE = 10, 192


def blind_prompts() -> list[tuple[str, str]]:
    """Return kinds and prompts, in the order of the file."""
    lines = files(__package__).joinpath("blind_prompts.txt").read_text("utf-8").splitlines()
    rows = [line.partition("\t") for line in lines if not line.startswith("#")]
    return [(kind, prompt) for kind, _, prompt in rows]


def shuffled(prompts: Sequence[tuple[str, str]], seed: int) -> list[tuple[str, str]]:
    """Return the same prompts in an order that only the seed tells."""
    return random.Random(f"blind sheet {seed}").sample(prompts, len(prompts))


def key_of(prompts: Sequence[tuple[str, str]]) -> str:
    """Return row, column, kind and prompt of each picture, a line each."""
    return "".join(
        f"{number // COLUMNS + 1}.{number % COLUMNS + 1}\t{kind}\t{prompt}\n"
        for number, (kind, prompt) in enumerate(prompts)
    )


def thumbnails(pictures: Tensor) -> Tensor:
    """Return pictures [n, 3, h, w] as the sheet shows them, with a white rim."""
    small = F.interpolate(pictures, size=(SIDE - 8, SIDE - 8), mode="area")
    return F.pad(small, (4, 4, 4, 4), value=1.0)


def main() -> None:
    """Paint the sheet and write its key."""
    from training.evaluation.paintings import paint_all

    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    prompts = shuffled(blind_prompts(), seed)
    pictures = paint_all([prompt for _, prompt in prompts], seed)
    write_contact_sheet(thumbnails(pictures), FOLDER / "blind-sheet.png", COLUMNS)
    (FOLDER / "blind-sheet-key.txt").write_text(key_of(prompts), "utf-8")
    print(f"{FOLDER / 'blind-sheet.png'}; the key is beside it")


if __name__ == "__main__":
    main()
