"""How good the packaged pocket models are: retrieval, reconstruction, and guided pictures judged.

`make pocket-eval` prints the table of the README, and writes the sheet of all guided pictures to
`.training/guided.png`. The judge (`training.judge`) never took part in making the models.
"""

import argparse
from dataclasses import dataclass

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from engine import manifest
from engine.manifest import POCKET_SHAPE
from engine.pocket.world import COLOURS, SHAPES, subjects
from engine.vqgan import VQGAN
from training import art
from training.art import FOLDER
from training.checkpoint import load_part
from training.judge import Judge, accuracy, known, unseen_art
from training.negatives import sheet
from training.paintings import NOWHERE, painted
from training.scenes import COLOUR_RGB, NATURAL, PLAIN, THINGS, Painter, seeded
from training.scorer import Scorer, named, retrieval
from training.vqgan import report

SEEDS = (1, 2)
THINGS_ASKED, GROUNDS_ASKED, SHAPES_ASKED = 80, 28, 24  # GROUNDS_ASKED of the things have a ground
COLUMNS = 16


@dataclass(frozen=True)
class Asked:
    """A prompt, and what must be in its picture: labels as in training.scenes.Scene."""

    text: str
    subject: int
    colour: int
    ground: int


def asked() -> list[Asked]:
    """Fixed by chance, not by hand; every other one in Russian."""
    generator, _ = seeded(2026)
    weights = known(unseen_art()[1])
    things = torch.multinomial(weights, THINGS_ASKED, generator=generator).tolist()
    shapes = [THINGS + i % len(SHAPES) for i in range(SHAPES_ASKED)]
    out = []
    for i, subject in enumerate(things + shapes):
        colour, ground = torch.randperm(len(COLOURS), generator=generator)[:2].tolist()
        colour = colour if subject >= THINGS else NATURAL
        ground = ground if subject >= THINGS or i < GROUNDS_ASKED else PLAIN
        russian = (i + i // len(SHAPES)) % 2 == 0  # a shape comes once in each language
        out.append(Asked(named(subject, colour, ground, russian), subject, colour, ground))
    return out


def nearest(colours: Tensor) -> Tensor:
    """Index of the nearest of the named colours, [n, 3] -> [n]."""
    return torch.cdist(colours, COLOUR_RGB).argmin(1)


def colours_seen(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """The named colours of thing and ground [n].

    The ground is the mean of a frame of a sixteenth; the thing is what differs from it.
    """
    n, _, side, _ = pictures.shape
    frame = side // 16
    rim = torch.ones(side, side, dtype=torch.bool)
    rim[frame:-frame, frame:-frame] = False
    ground = pictures[:, :, rim].mean(2)
    apart = (pictures - ground.view(n, 3, 1, 1)).norm(dim=1)
    inside = (apart > 0.6 * apart.amax((1, 2)).view(n, 1, 1)).unsqueeze(1)
    thing = (pictures * inside).sum((2, 3)) / inside.sum((2, 3))
    return nearest(thing), nearest(ground)


@dataclass(frozen=True)
class Verdict:
    """Shares, 0..1."""

    first: float
    five: float
    colour: float
    ground: float
    control: float


@torch.no_grad()
def verdict(judge: Judge, prompts: list[Asked], pictures: Tensor) -> Verdict:
    """What the judge says of pictures, which stand in the order of the prompts, seed by seed."""
    every = prompts * (len(pictures) // len(prompts))
    subject, colour, ground = (
        torch.tensor([getattr(a, label) for a in every])
        for label in ("subject", "colour", "ground")
    )
    order = torch.cat([judge(p) for p in pictures.split(32)]).argsort(dim=1, descending=True)
    hit = order == subject.unsqueeze(1)
    thing_colour, ground_colour = colours_seen(pictures)
    other = (order[:, :1] == subject.unsqueeze(0)) & (subject.unsqueeze(1) != subject.unsqueeze(0))
    return Verdict(
        hit[:, 0].float().mean().item(),
        hit[:, :5].any(1).float().mean().item(),
        (thing_colour == colour)[colour != NATURAL].float().mean().item(),
        (ground_colour == ground)[ground != PLAIN].float().mean().item(),
        (other.sum() / (subject.unsqueeze(1) != subject.unsqueeze(0)).sum()).item(),
    )


def packaged() -> tuple[Scorer, VQGAN]:
    """The models as they are shipped."""
    weights = {
        kind: load_file(entry.path(NOWHERE))
        for kind in ("guide", "vqgan")
        if (entry := manifest.find(kind, "pocket"))
    }
    scorer, vqgan = Scorer(), VQGAN(POCKET_SHAPE)
    scorer.load_state_dict({k: v.float() for k, v in weights["guide"].items()}, strict=False)
    vqgan.load_state_dict({k: v.float() for k, v in weights["vqgan"].items()})
    return scorer.eval(), vqgan.eval()


def models_table() -> None:
    scorer, vqgan = packaged()
    for use, title in (("train", "unseen renderings"), ("test", "a style never trained on")):
        paint = Painter(*art.load(use), 64, seeded(4242)[0])
        draws = [retrieval(scorer, paint, 100 + draw) for draw in range(5)]
        for name in draws[0]:
            mean = sum(draw[name] for draw in draws) / len(draws)
            print(f"| {name}, {title} | {mean:.3f} |")
    print(
        f"| {report(vqgan, Painter(*art.load('train'), 128, seeded(4242)[0]), quantised=True)} | |"
    )


def guided_table(init_noise: str | None) -> None:
    judge = Judge()
    judge.load_state_dict(load_part("judge", "judge"))
    judge.eval()
    bank, present = unseen_art()
    own = Painter(bank, present, 64, seeded(1)[0])
    theirs = Painter(*art.load("train"), 64, seeded(2)[0])
    for title, paint, shapes in (
        ("the judge on real renderings, shapes among them", own, 0.1),
        ("the judge on bare shapes", own, 1.0),
        ("the judge on renderings of the art that the guide learned from", theirs, 0.1),
    ):
        print(f"| {title} | {accuracy(judge, paint, known(present), shapes, 9):.3f} |")
    prompts = asked()
    starts, pictures = painted([a.text for a in prompts], SEEDS, init_noise)
    print(f"| {len(prompts)} prompts × {len(SEEDS)} seeds | start | guided |\n| --- | --- | --- |")
    before, after = (verdict(judge, prompts, found) for found in (starts, pictures))
    for name in ("first", "five", "colour", "ground", "control"):
        print(f"| {name} | {getattr(before, name):.3f} | {getattr(after, name):.3f} |")
    small = F.interpolate(pictures, size=(96, 96), mode="area")
    sheet(small[: len(small) // COLUMNS * COLUMNS], FOLDER / "guided.png", COLUMNS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--init-noise", help="another start than the usual one")
    args = parser.parse_args()
    print(f"| {len(subjects())} things and shapes | |\n| --- | --- |")
    models_table()
    guided_table(args.init_noise)


if __name__ == "__main__":
    main()
