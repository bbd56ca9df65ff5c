"""How good the packaged pocket models are: retrieval, reconstruction, and guided pictures judged.

`make pocket-eval` prints the tables of the README, and writes the sheet of all guided pictures to
`.training/guided.png`. The judge (`training.judge`) never took part in making the models.
"""

import argparse
from collections.abc import Iterable

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN
from engine.pocket.vocabulary import subjects
from engine.registry import packaged as manifest
from engine.registry.packaged import POCKET_SHAPE
from training import art, judge
from training.art import FOLDER
from training.data.scenes import SceneRenderer, seeded
from training.evaluation import verdicts
from training.evaluation.contact_sheet import sheet
from training.evaluation.paintings import NOWHERE, painted
from training.evaluation.verdicts import TITLES, Asked, PictureVerdict, asked, verdict
from training.judge import PictureJudge, accuracy, known, unseen_art
from training.loop.checkpoint import load_part
from training.scorer import Scorer, retrieval
from training.vqgan import report

SEEDS = (1, 2)
COLUMNS = 16
NATIVE = 128  # pixels: the side of the pictures that the VQGAN learned from


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


def row(*cells: str | float) -> None:
    print("|", " | ".join(f"{c:.3f}" if isinstance(c, float) else c for c in cells), "|")


def head(*cells: str) -> None:
    """A table's titles, after an empty line."""
    print()
    row(*cells)
    row(*["---"] * len(cells))


def models_table(scorer: Scorer, vqgan: VQGAN) -> None:
    head(f"the models: {len(subjects())} things and shapes", "")
    for use, title in (("train", "unseen renderings"), ("test", "a style never trained on")):
        paint = SceneRenderer(*art.load(use), 64, seeded(4242)[0])
        draws = [retrieval(scorer, paint, 100 + draw) for draw in range(5)]
        for name in draws[0]:
            row(f"{name}, {title}", sum(draw[name] for draw in draws) / len(draws))
    paint = SceneRenderer(*art.load("train"), NATIVE, seeded(4242)[0])
    row("the VQGAN gives unseen renderings back", report(vqgan, paint, quantised=True))
    scorer.eval()


def judge_table(named_by: PictureJudge) -> None:
    bank, present = unseen_art()
    own = SceneRenderer(bank, present, judge.SIDE, seeded(1)[0])
    theirs = SceneRenderer(*art.load("train"), judge.SIDE, seeded(2)[0])
    head("the judge on real renderings", "right")
    for title, paint, shapes in (
        ("the art that it learned from, shapes among them", own, 0.1),
        ("bare shapes", own, 1.0),
        ("the art that the guide learned from, and the judge never saw", theirs, 0.1),
    ):
        row(title, accuracy(named_by, paint, known(present), shapes, 9))


@torch.no_grad()
def truths(vqgan: VQGAN, prompts: list[Asked]) -> tuple[Tensor, Tensor]:
    """Renderings of what is asked for, in the guide's art, and as the VQGAN gives them back."""
    paint = SceneRenderer(*art.load("train"), NATIVE, seeded(77)[0])
    real = paint(verdicts.wish(prompts * len(SEEDS)), tidy=1.0).pictures
    back = [vqgan.decode(vqgan.quantise(vqgan.encode(some))).clamp(0, 1) for some in real.split(16)]
    return real, torch.cat(back)


def guided_tables(found: dict[str, PictureVerdict], prompts: list[Asked]) -> None:
    """Every column is a set of pictures of the same prompts; then the same, group by group."""
    head(f"{len(prompts)} prompts × {len(SEEDS)} seeds", *found)
    shares = [verdict.shares() for verdict in found.values()]
    for name, title in TITLES.items():
        row(title, *(share[name] for share in shares))
    every = prompts * len(SEEDS)
    head("judge's first guess / first five", "pictures", *found)
    for group in sorted({a.group for a in prompts}):
        row(*of_group(group, [a.group == group for a in every], found.values()))
    for language, russian in (("English", False), ("Russian", True)):
        members = [a.russian == russian for a in every]
        row(*of_group(f"all in {language}", members, found.values()))


def of_group(title: str, members: list[bool], found: Iterable[PictureVerdict]) -> list[str]:
    mine = torch.tensor(members)
    shares = [[v[mine].float().mean() for v in (one.first, one.five)] for one in found]
    return [title, str(sum(members)), *(f"{first:.2f} / {five:.2f}" for first, five in shares)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--init-noise", help="another start than the usual one")
    args = parser.parse_args()
    scorer, vqgan = packaged()
    models_table(scorer, vqgan)
    named_by = PictureJudge()
    named_by.load_state_dict(load_part("judge", "judge"))
    judge_table(named_by)
    named_by.eval()
    prompts = asked()
    starts, pictures = painted([a.text for a in prompts], SEEDS, args.init_noise)
    real, back = truths(vqgan, prompts)
    columns = {
        "real renderings": real,
        "the same through the VQGAN": back,
        "start, before guidance": starts,
        "guided": pictures,
    }
    found = {title: verdict(named_by, scorer, prompts, seen) for title, seen in columns.items()}
    guided_tables(found, prompts)
    small = F.interpolate(pictures, size=(96, 96), mode="area")
    sheet(small, FOLDER / "guided.png", COLUMNS)


if __name__ == "__main__":
    main()
