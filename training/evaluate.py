"""Evaluate the packaged pocket models: retrieval, reconstruction, and guided pictures judged.

`make pocket-eval` prints the tables of the README and writes the sheet of all guided pictures to
`.training/guided.png`. The judge (`training.judge`) had no part in training the models.
"""

import argparse
from collections.abc import Iterable

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN
from engine.registry import packaged as manifest
from engine.registry.packaged import POCKET_SHAPE
from store.reader.vocabulary import subjects
from training import art, judge
from training.art import FOLDER
from training.data.labels import seeded_generators
from training.data.scenes import SceneRenderer
from training.evaluation import verdicts
from training.evaluation.contact_sheet import write_contact_sheet
from training.evaluation.paintings import NO_FOLDER, paint_all
from training.evaluation.verdicts import (
    TITLES,
    EvaluationPrompt,
    PictureVerdict,
    evaluation_prompts,
    judge_pictures,
)
from training.judge import PictureJudge, accuracy, known_things, unseen_art
from training.loop.checkpoint import load_component
from training.scorer import Scorer, measure_retrieval
from training.vqgan import reconstruction_report

SEEDS = (1, 2)
COLUMNS = 16
NATIVE = 128  # pixels: the side of the pictures that the VQGAN learned from


def load_packaged() -> tuple[Scorer, VQGAN]:
    """Load the scorer and the VQGAN from the packaged weights."""
    weights = {
        kind: load_file(entry.path(NO_FOLDER))
        for kind in ("guide", "vqgan")
        if (entry := manifest.find(kind, "pocket"))
    }
    scorer, vqgan = Scorer(), VQGAN(POCKET_SHAPE)
    scorer.load_state_dict({k: v.float() for k, v in weights["guide"].items()}, strict=False)
    vqgan.load_state_dict({k: v.float() for k, v in weights["vqgan"].items()})
    return scorer.eval(), vqgan.eval()


def print_row(*cells: str | float) -> None:
    """Print one row of a Markdown table."""
    print("|", " | ".join(f"{c:.3f}" if isinstance(c, float) else c for c in cells), "|")


def print_header(*cells: str) -> None:
    """Print an empty line and the header of a Markdown table."""
    print()
    print_row(*cells)
    print_row(*["---"] * len(cells))


def print_models_table(scorer: Scorer, vqgan: VQGAN) -> None:
    """Print retrieval by the guide and reconstruction by the VQGAN."""
    print_header(f"the models: {len(subjects())} things and shapes", "")
    for use, title in (("train", "unseen renderings"), ("test", "a style never trained on")):
        renderer = SceneRenderer(*art.load(use), 64, seeded_generators(4242)[0])
        draws = [measure_retrieval(scorer, renderer, 100 + draw) for draw in range(5)]
        for name in draws[0]:
            print_row(f"{name}, {title}", sum(draw[name] for draw in draws) / len(draws))
    renderer = SceneRenderer(*art.load("train"), NATIVE, seeded_generators(4242)[0])
    print_row(
        "the VQGAN gives unseen renderings back",
        reconstruction_report(vqgan, renderer, quantised=True),
    )
    scorer.eval()


def print_judge_table(picture_judge: PictureJudge) -> None:
    """Print the judge's accuracy on renderings."""
    bank, available = unseen_art()
    own_renderer = SceneRenderer(bank, available, judge.SIDE, seeded_generators(1)[0])
    guide_renderer = SceneRenderer(*art.load("train"), judge.SIDE, seeded_generators(2)[0])
    print_header("the judge on real renderings", "right")
    for title, renderer, shapes in (
        ("the art that it learned from, shapes among them", own_renderer, 0.1),
        ("bare shapes", own_renderer, 1.0),
        ("the art that the guide learned from, and the judge never saw", guide_renderer, 0.1),
    ):
        print_row(title, accuracy(picture_judge, renderer, known_things(available), shapes, 9))


@torch.no_grad()
def reference_pictures(vqgan: VQGAN, prompts: list[EvaluationPrompt]) -> tuple[Tensor, Tensor]:
    """Render what the prompts ask for; return it as it is and through the VQGAN."""
    renderer = SceneRenderer(*art.load("train"), NATIVE, seeded_generators(77)[0])
    rendered = renderer(verdicts.labels_of(prompts * len(SEEDS)), centred_share=1.0).pictures
    reconstructed = [
        vqgan.decode(vqgan.quantise(vqgan.encode(batch))).clamp(0, 1)
        for batch in rendered.split(16)
    ]
    return rendered, torch.cat(reconstructed)


def print_guided_tables(
    verdicts_by_column: dict[str, PictureVerdict], prompts: list[EvaluationPrompt]
) -> None:
    """Print the judgements of every set of pictures, overall and by group."""
    print_header(f"{len(prompts)} prompts × {len(SEEDS)} seeds", *verdicts_by_column)
    shares = [one.shares() for one in verdicts_by_column.values()]
    for name, title in TITLES.items():
        print_row(title, *(share[name] for share in shares))
    all_prompts = prompts * len(SEEDS)
    print_header("judge's first guess / first five", "pictures", *verdicts_by_column)
    for group in sorted({a.group for a in prompts}):
        print_row(
            *group_cells(
                group, [a.group == group for a in all_prompts], verdicts_by_column.values()
            )
        )
    for language, russian in (("English", False), ("Russian", True)):
        members = [a.russian == russian for a in all_prompts]
        print_row(*group_cells(f"all in {language}", members, verdicts_by_column.values()))


def group_cells(
    title: str, members: list[bool], verdicts_by_column: Iterable[PictureVerdict]
) -> list[str]:
    """Return the cells of one group: title, number of pictures, and hits per column."""
    mask = torch.tensor(members)
    shares = [[v[mask].float().mean() for v in (one.first, one.five)] for one in verdicts_by_column]
    return [title, str(sum(members)), *(f"{first:.2f} / {five:.2f}" for first, five in shares)]


def main() -> None:
    """Paint the prompts, judge the pictures and print all tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--init-noise", help="another start than the usual one")
    args = parser.parse_args()
    scorer, vqgan = load_packaged()
    print_models_table(scorer, vqgan)
    picture_judge = PictureJudge()
    picture_judge.load_state_dict(load_component("judge", "judge"))
    print_judge_table(picture_judge)
    picture_judge.eval()
    prompts = evaluation_prompts()
    starts, pictures = paint_all([a.text for a in prompts], SEEDS, args.init_noise)
    rendered, reconstructed = reference_pictures(vqgan, prompts)
    columns = {
        "real renderings": rendered,
        "the same through the VQGAN": reconstructed,
        "start, before guidance": starts,
        "guided": pictures,
    }
    verdicts_by_column = {
        title: judge_pictures(picture_judge, scorer, prompts, pictures_of_column)
        for title, pictures_of_column in columns.items()
    }
    print_guided_tables(verdicts_by_column, prompts)
    thumbnails = F.interpolate(pictures, size=(96, 96), mode="area")
    write_contact_sheet(thumbnails, FOLDER / "guided.png", COLUMNS)


if __name__ == "__main__":
    main()
