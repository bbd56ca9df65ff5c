"""Measure the packaged pocket models: what a judge names in their pictures, and how they look.

`make pocket-eval` prints the table of docs/pocket.md. Pictures that are painted stay painted, so
that it may be ended and started again; `--minutes` bounds the painting, and the table is then of
what there is. The judge (`training.judge`) and its art had no part in training the models.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from statistics import mean, median

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.registry import packaged
from store.reader.vocabulary import subjects
from training import art, judge
from training.art import FOLDER
from training.data.labels import THINGS, seeded_generators
from training.data.scenes import SceneRenderer
from training.evaluation.composed_prompts import GROUPS, ComposedPrompt, composed_prompts
from training.evaluation.contact_sheet import write_contact_sheet
from training.evaluation.film_growth import growth, standstill
from training.evaluation.paintings import NO_FOLDER, KeptPainting, PaintingTask, painted
from training.evaluation.place_judge import PlaceJudge
from training.evaluation.reference_art import reference_art
from training.evaluation.sharpness import edge_gradient, laplacian_variance, mean_gradient
from training.evaluation.verdicts import Verdict, judged
from training.judge import PictureJudge, accuracy, known_things, unseen_art
from training.loop.checkpoint import load_component

QUALITIES = ("quick", "standard", "fine")
THUMBNAIL, COLUMNS = 128, 12


def row(title: str, *values: float | str) -> None:
    """Print one row of a Markdown table."""
    print("|", title, "|", " | ".join(v if isinstance(v, str) else f"{v:.2f}" for v in values), "|")


def header(*cells: str) -> None:
    """Print an empty line and the header of a Markdown table."""
    print()
    row(*cells)
    row(*["---"] * len(cells))


def share(hits: Iterable[bool | None]) -> str:
    """Return the share of hits and their number; what is None does not count."""
    counted = [hit for hit in hits if hit is not None]
    return f"{mean(counted):.2f} of {len(counted)}" if counted else "-"


def named(verdicts: Sequence[Verdict]) -> str:
    """Return the shares of pictures all of whose things are named at once, and among five."""
    if not verdicts:
        return "-"
    shares = [mean(all(getattr(v, hits)) for v in verdicts) for hits in ("first", "five")]
    return f"{shares[0]:.2f} / {shares[1]:.2f} of {len(verdicts)}"


def judge_rows(picture_judge: PictureJudge, places: PlaceJudge) -> None:
    """Print how well the judge knows art that it has not learned from."""
    _, available = unseen_art()
    renderer = SceneRenderer(*art.load("train"), judge.SIDE, seeded_generators(2)[0])
    right = accuracy(picture_judge, renderer, known_things(available), 0.1, 9)
    row("the judge on the art itself, which it never saw", right)
    picture_judge.eval()
    row("the judge of places on new landscapes with things", places.accuracy())


def group_rows(prompts: Sequence[ComposedPrompt], verdicts: Sequence[Verdict]) -> None:
    """Print what is named in each group, and in each language."""
    pairs = list(zip(prompts, verdicts, strict=True))
    for group in GROUPS:
        row(f"{group}: first guess / five", named([v for p, v in pairs if p.group == group]))
    row("place right", share(v.place for v in verdicts))
    row("colour of the thing right", share(v.colour for v in verdicts))
    row("colour of the ground right", share(v.ground for v in verdicts))
    for language, russian in (("English", False), ("Russian", True)):
        row(f"all in {language}", named([v for p, v in pairs if p.russian == russian]))


def look_rows(prompts: Sequence[ComposedPrompt], found: Sequence[KeptPainting]) -> None:
    """Print sharpness against the art, growth of the films, and seconds."""
    pictures = torch.stack([one.picture for one in found])
    real = reference_art([prompt.wish for prompt in prompts], pictures.shape[-1])
    figures: dict[str, Callable[[Tensor], Tensor]] = {
        "mean gradient": mean_gradient,
        "strongest 2 % of gradients": edge_gradient,
        "Laplacian variance": laplacian_variance,
    }
    for title, measured in figures.items():
        if real is not None:
            row(f"{title}, of the art's", float(measured(pictures).mean() / measured(real).mean()))
    row("film: first frame with the last", median(float(growth(one.film)[0]) for one in found))
    middle = median(float(growth(one.film)[5]) for one in found)
    row("film: its middle with the last", middle)
    row("film: least change of a tenth", median(standstill(one.film) for one in found))
    row("CPU seconds of a picture", median(one.seconds for one in found))


def preset_rows(
    prompts: Sequence[ComposedPrompt],
    seeds: Sequence[int],
    minutes: float,
    judges: tuple[PictureJudge, PlaceJudge],
) -> None:
    """Print what is named of the same pictures at each quality."""
    asked = [(prompt, seed) for seed in seeds for prompt in prompts]
    tasks = [PaintingTask(p.text, seed, quality) for p, seed in asked for quality in QUALITIES]
    found = painted(tasks, minutes)
    by_quality = [found[number :: len(QUALITIES)] for number in range(len(QUALITIES))]
    whole = [n for n, three in enumerate(zip(*by_quality, strict=True)) if all(three)]
    header("presets", "first guess / five", "CPU seconds")
    for quality, pictures in zip(QUALITIES, by_quality, strict=True):
        kept = [one for n in whole if (one := pictures[n])]
        told = [asked[n][0] for n in whole]
        verdicts = judged(told, [one.picture for one in kept], *judges)
        row(quality, named(verdicts), median(one.seconds for one in kept) if kept else "-")


def weight_rows() -> None:
    """Print how large the weights are in all."""
    sizes = [entry.path(NO_FOLDER).stat().st_size for entry in packaged.MODELS if entry.packaged]
    row("weights in all, MB", sum(sizes) / 1e6)


def main() -> None:
    """Paint, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--each", type=int, default=40, help="prompts of each group")
    parser.add_argument("--minutes", type=float, default=20, help="that it may paint for")
    parser.add_argument("--presets", action="store_true", help="compare the presets instead")
    parser.add_argument("--seeds", type=int, default=1, help="of each prompt of the presets")
    args = parser.parse_args()
    picture_judge = PictureJudge()
    picture_judge.load_state_dict(load_component("judge", "judge"))
    unseen = unseen_art()
    places, available = PlaceJudge(picture_judge.eval(), unseen), known_things(unseen[1])
    known = [one.key for one, there in zip(subjects()[:THINGS], available, strict=True) if there]
    prompts = composed_prompts(known, args.each)
    if args.presets:
        seeds = range(1, args.seeds + 1)
        return preset_rows(prompts, seeds, args.minutes, (picture_judge, places))
    header("measured", f"{len(prompts)} prompts")
    judge_rows(picture_judge, places)
    results = painted([PaintingTask(prompt.text) for prompt in prompts], args.minutes)
    done = [(p, one) for p, one in zip(prompts, results, strict=True) if one]
    if not done:
        raise SystemExit("nothing is painted yet: more minutes")
    told, found = [p for p, _ in done], [one for _, one in done]
    verdicts = judged(told, [one.picture for one in found], picture_judge.eval(), places)
    group_rows(told, verdicts)
    look_rows(told, found)
    weight_rows()
    sheet = F.interpolate(
        torch.stack([one.picture for one in found]), size=(THUMBNAIL,) * 2, mode="area"
    )
    write_contact_sheet(sheet, FOLDER / "evaluation.png", COLUMNS)
    return None


if __name__ == "__main__":
    main()
