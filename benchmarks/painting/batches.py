"""Compare the steps a second of one painting with those of several whose steps share a batch.

Each painting has its own thread, as in the worker, and all that a step takes is measured: cutouts,
networks, optimiser. Weights are random, because speed and memory do not depend on them. Times are
processor seconds where the processor paints; on a shared machine only the ratios mean something.
"""

import argparse
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import latest
from benchmarks.painting.meter import Meter
from engine.hardware import let_threads_sleep

if TYPE_CHECKING:
    import torch

    from engine.models import LoadedModels
    from store.request.request import DrawRequest

WARM_UP = 2  # steps
MB = 1e6


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command-line options of this benchmark."""
    parser.add_argument("--counts", default="1,2,4,8", help="paintings, with commas between them")
    parser.add_argument("--sizes", default="256", help="sides in pixels, with commas between them")
    parser.add_argument("--vqgan", choices=("f16", "f8", "pocket"), default="f16")
    parser.add_argument(
        "--clip",
        default="ViT-B-32-quickgelu",
        help="architecture of open_clip; A+B guide together; the pocket VQGAN has its own guide",
    )
    parser.add_argument("--cutouts", type=int, default=32)
    parser.add_argument("--steps", type=int, default=5, help="of each painting in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")


class Crowd:
    """Paintings in threads of their own that make their steps together."""

    def __init__(self, models: "LoadedModels", request: "DrawRequest", count: int) -> None:
        from engine.painting.batch.batch import Batch
        from engine.painting.painter import paint

        batch = Batch(count)
        self.count, self.seconds, self.peak = count, list[float](), 0.0
        self._threads = ThreadPoolExecutor(count)
        self._paintings: list[Iterator[object]] = [
            paint(replace(request, seed=seed), models, batch=batch) for seed in range(count)
        ]
        self.make(WARM_UP)

    def make(self, steps: int) -> None:
        """Make so many steps of each painting."""

        def some(painting: Iterator[object]) -> None:
            for _ in range(steps):
                next(painting)

        list(self._threads.map(some, self._paintings))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()


def run(options: argparse.Namespace) -> int:
    """Print a line for each number of paintings and store all figures."""
    let_threads_sleep()
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    meter = Meter(torch.device(options.device))
    models, name = _models(options, meter.device), meter.name()
    print(f"{name}, {torch.get_num_threads()} threads, {models.precision}")
    counts = [int(count) for count in options.counts.split(",")]
    rows = [
        _measure(options, models, int(side), counts, meter) for side in options.sizes.split(",")
    ]
    settings = {key: value for key, value in vars(options).items() if key != "measure"}
    latest.store("batches", {"name": name, "settings": settings, "rows": rows})
    return 0


def _measure(
    options: argparse.Namespace,
    models: "LoadedModels",
    side: int,
    counts: list[int],
    meter: Meter,
) -> dict[str, Any]:
    from engine.painting import memory_budget
    from engine.painting.batch.size import fastest
    from engine.painting.plan import plan_for
    from store.request.request import DrawRequest

    request = DrawRequest(
        "a cat",
        size=(side, side),
        steps=WARM_UP + (options.rounds + 1) * options.steps,
        cutouts=options.cutouts,
        init_noise="codes",
        finish="none",
        seed=0,
    )
    one = memory_budget.peak_bytes(models.vqgan, models.guides["latin"], plan_for(request, models))
    crowds = [Crowd(models, request, count) for count in counts]
    for _ in range(options.rounds):
        for crowd in crowds:
            before = meter.reset_peak()
            seconds = meter.seconds(lambda crowd=crowd: crowd.make(options.steps))  # type: ignore[misc]
            crowd.seconds.append(seconds / (crowd.count * options.steps))
            crowd.peak = max(crowd.peak, meter.peak() - before)
    for crowd in crowds:
        crowd.close()
    alone = crowds[0].seconds
    guides = "pocket" if options.vqgan == "pocket" else options.clip
    print(f"{options.vqgan}, {guides}, {side} px, {options.cutouts} cutouts")
    rows = []
    for crowd in crowds:
        predicted = memory_budget.BASE + crowd.count * (one - memory_budget.BASE)
        ratios = [first / now for first, now in zip(alone, crowd.seconds, strict=True)]
        figures: dict[str, Any] = {
            "count": crowd.count,
            "steps_per_second": 1 / statistics.median(crowd.seconds),
            "ratios": ratios,
            "peak": crowd.peak,
            "predicted": predicted,
        }
        rows.append(figures)
        print(
            f"  {crowd.count} at once: {figures['steps_per_second']:.4g} steps/s, "
            f"x{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}); "
            f"peak {crowd.peak / MB:.0f} MB, predicted {predicted / MB:.0f}",
            flush=True,
        )
    rates = {row["count"]: row["steps_per_second"] for row in rows}
    best = fastest(lambda count: rates.get(count, 0.0), max(rates))
    print(f"  `auto` would paint so many at once, where memory allows: {best}", flush=True)
    return {"side": side, "counts": rows, "auto": best}


def _models(options: argparse.Namespace, device: "torch.device") -> "LoadedModels":
    from benchmarks.painting.networks import random_models
    from engine.kernels.precision import choose_precision
    from engine.models import ModelNames, load_models

    if options.vqgan == "pocket":
        return load_models(ModelNames(), str(device), Path("nowhere"), options.precision)
    precision = choose_precision(options.precision, device)
    return random_models(options.vqgan, options.clip.split("+"), precision, device)
