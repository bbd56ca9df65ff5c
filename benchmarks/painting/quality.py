"""Measure what a faster way of painting costs: held-out scores of the same prompts and seeds.

A way is a precision, with what is different behind it: `bf16`, `bf16:quick`, `bf16:steps=150`,
or any of `coarse=0.5`, `first-cutouts=8`, `final-rate=0.1`, `enough=auto`, `init-noise=codes` and
`size=256`, as options of `draw` (`coarse` alone is half of the steps at half the sides). The score
is the similarity of a picture's views, that no step has seen, to its prompt: by the guides that
painted it, or by another one, which is the better judge. A way is as good as the first one where
the mean difference is at most a quarter of the spread between seeds. With `--keep FILE` it can go
on later.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import latest
from engine.hardware import let_threads_sleep

if TYPE_CHECKING:
    from torch import Tensor

    from engine.guides.guide import Guide
    from engine.models import LoadedModels
    from store.request.request import DrawRequest

PROMPTS = (
    *("a red apple on a table", "рыжий кот на крыше", "a blue fish", "ночной город"),
    *("панда на розовом фоне", "a castle on a hill", "зелёная лягушка", "two owls"),
    *("дерево и дом", "a yellow sun over the sea"),
)
SHARE = 0.8  # of the sides, that a held-out view shows
HALF = 0.5  # of the steps
FIELDS: dict[str, Callable[[str], Any]] = {
    "steps": int,
    "cutouts": int,
    "first-cutouts": int,
    "final-rate": float,
    "enough": str,
    "init-noise": str,
    "size": lambda side: (int(side), int(side)),
}
ENOUGH = 0.25  # of the spread between seeds, that the mean may differ


@dataclass(frozen=True)
class Way:
    """How to paint: a precision, and what the request says beside its words."""

    name: str
    precision: str
    fields: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Way":
        """Return the way of a text; ValueError where it is none."""
        precision, *rest = text.split(":")
        return cls(text, precision, tuple(map(_field, rest)))

    def asked(self, prompt: str, seed: int) -> "DrawRequest":
        """Return the request for a picture."""
        from store.request.request import DrawRequest

        return DrawRequest(prompt, seed=seed, film=False, **dict(self.fields))


def _field(part: str) -> tuple[str, Any]:
    """Return the name and value of a request's field; ValueError where it is none."""
    name, _, value = part.partition("=")
    if name in ("quick", "standard", "fine"):
        return "quality", name
    if name == "coarse":
        return name, float(value or HALF)
    if name not in FIELDS:
        raise ValueError(f"no such way to paint: {part}")
    return name.replace("-", "_"), FIELDS[name](value)


@dataclass(frozen=True)
class ScoredPicture:
    """A picture's score and the seconds that it took."""

    score: float
    seconds: float


class KeptScores:
    """Scores of pictures in a file, a line of JSON for each: what is there is not painted again."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: dict[tuple[str, ...], ScoredPicture] = {}
        lines = file.read_text("utf-8").splitlines() if file and file.exists() else []
        for line in lines:
            with suppress(ValueError):  # the end of a run that was killed
                key, picture = json.loads(line)
                self._known[tuple(key)] = ScoredPicture(**picture)

    def of(self, key: tuple[str, ...], paint: Callable[[], ScoredPicture]) -> ScoredPicture:
        """Return the score of a picture; paint and keep it if it is new."""
        if key not in self._known:
            self._known[key] = paint()
            if self._file is not None:
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(f"\n{json.dumps([key, asdict(self._known[key])])}")
        return self._known[key]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command-line options of this benchmark."""
    parser.add_argument("--ways", default="fp32,bf16", help="the first is what others are held to")
    parser.add_argument("--prompts", type=int, default=len(PROMPTS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--vqgan", default="pocket")
    parser.add_argument("--clip", default="pocket")
    parser.add_argument("--ruclip", default="pocket")
    parser.add_argument("--judge", default="", help="a guide that does not paint")
    parser.add_argument("--models", type=Path, default=Path("models"), help="the models' folder")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a file of scores; those there are not measured")


def run(options: argparse.Namespace) -> int:
    """Paint each prompt with each seed in all ways, print a table and store all figures."""
    let_threads_sleep()
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    ways = [Way.parse(text) for text in options.ways.split(",")]
    models = {way: _models(options, way) for way in ways}
    judge = _judge(options)
    cases = list(product(PROMPTS[: options.prompts], range(1, options.seeds + 1)))
    found: dict[Way, list[ScoredPicture]] = {way: [] for way in ways}
    names = (options.vqgan, options.clip, options.ruclip, options.judge)
    kept = KeptScores(options.keep)
    for prompt, seed in cases:
        for way in ways:  # in turn: what else runs then slows all of them
            key = (*names, way.name, prompt, str(seed))
            paint = partial(_painted, models[way], judge, way, prompt, seed)
            found[way].append(kept.of(key, paint))
    rows = [_row(way, found[way], found[ways[0]], options.seeds) for way in ways]
    for row in rows:
        print(
            f"{row['way']:20} score {row['score']:.4f}, {row['seconds']:.1f} s; "
            f"difference {row['difference']:+.4f}, spread between seeds {row['spread']:.4f}: "
            f"{'as good' if row['as_good'] else 'NOT AS GOOD'}; x{row['speed']:.2f}",
            flush=True,
        )
    settings = {name: str(value) for name, value in vars(options).items() if name != "measure"}
    latest.store("quality", {"settings": settings, "rows": rows})
    return 0


def _row(
    way: Way, painted: Sequence[ScoredPicture], held_to: Sequence[ScoredPicture], seeds: int
) -> dict[str, Any]:
    """Return the figures of a way. Pictures come prompt by prompt, with all seeds of each."""
    difference = statistics.mean(
        one.score - other.score for one, other in zip(painted, held_to, strict=True)
    )
    scores = [one.score for one in held_to]
    by_prompt = [scores[first : first + seeds] for first in range(0, len(scores), seeds)]
    spread = statistics.mean(statistics.stdev(some) if seeds > 1 else 0.0 for some in by_prompt)
    speed = statistics.median(
        other.seconds / one.seconds for one, other in zip(painted, held_to, strict=True)
    )
    return {
        "way": way.name,
        "score": statistics.mean(one.score for one in painted),
        "seconds": statistics.median(one.seconds for one in painted),
        "difference": difference,
        "spread": spread,
        "as_good": difference >= -ENOUGH * spread,
        "speed": speed,
    }


def _models(options: argparse.Namespace, way: Way) -> "LoadedModels":
    from engine.models import ModelNames, load_models

    names = ModelNames(options.vqgan, options.clip, options.ruclip)
    return load_models(names, options.device, options.models, way.precision)


def _judge(options: argparse.Namespace) -> "dict[str, tuple[Guide, ...]]":
    """Return the guides that score, by script, in fp32."""
    from engine.models import ModelNames, load_guides

    clip, ruclip = (options.judge or name for name in (options.clip, options.ruclip))
    names = ModelNames(options.vqgan, clip, ruclip)
    return dict(load_guides(names, options.device, options.models, "fp32"))


def _painted(
    models: "LoadedModels", judge: "dict[str, tuple[Guide, ...]]", way: Way, prompt: str, seed: int
) -> ScoredPicture:
    from engine.painting.painter import paint

    asked = way.asked(prompt, seed)
    on_cpu = models.vqgan.codebook.device.type == "cpu"
    now = time.process_time if on_cpu else time.monotonic
    started = now()
    for step in paint(asked, models):
        last = step
    picture = last.image
    taken = now() - started
    return ScoredPicture(_score(judge, picture, prompt), taken)


def _score(judge: "dict[str, tuple[Guide, ...]]", picture: "Tensor", prompt: str) -> float:
    """Return the mean similarity of five views of a picture [3, h, w] to its prompt."""
    import torch

    from engine.guides.guide import whole
    from store.reader.scripts import script

    height, width = picture.shape[1:]
    down, across = round(height * SHARE), round(width * SHARE)
    corners = product((0, height - down), (0, width - across))
    views = [picture, *(picture[:, y : y + down, x : x + across] for y, x in corners)]
    scores = []
    with torch.no_grad():
        for guide in judge[script(prompt)]:
            text = guide.encode_text([prompt])
            seen = guide.encode_image(whole(views, guide.side).to(text.device))
            scores.append(float((seen @ text.T).mean()))
    return statistics.mean(scores)
