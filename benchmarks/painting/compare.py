"""Compare a step of the painter with the reference step, in turn and in one process.

Weights are random, because speed and memory do not depend on them. Times are processor seconds
where the processor paints; on a shared machine only the ratios mean something.
"""

import argparse
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks import latest
from benchmarks.painting.meter import Meter
from benchmarks.painting.parts import TimedPlace, timed
from engine.hardware import let_threads_sleep

PROMPT = "a cat"


@dataclass
class Contender:
    """A way to make a step, and what its steps took."""

    name: str
    step: Callable[[], object]
    places: list[TimedPlace]  # of the functions that are parts of a step
    seconds: list[float] = field(default_factory=list)
    peak: float = 0.0  # bytes above those before the step
    parts: dict[str, float] = field(default_factory=dict)  # seconds of one more step


@dataclass(frozen=True)
class Case:
    """What is painted: the VQGAN, the guides with plus signs between them, and the side."""

    vqgan: str
    clip: str
    side: int

    def __str__(self) -> str:
        return f"{self.vqgan}, {self.clip}, {self.side} px"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command-line options of this benchmark."""
    parser.add_argument("--sizes", default="256", help="sides in pixels, with commas between them")
    parser.add_argument("--vqgan", default="f16", help="f16, f8 or both: f16,f8")
    parser.add_argument(
        "--clip",
        default="ViT-B-32-quickgelu",
        help="architectures of open_clip, with commas between them; A+B guide together",
    )
    parser.add_argument("--cutouts", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--precisions", default="fp32,auto")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")


def run(options: argparse.Namespace) -> int:
    """Print a table for each case and store all figures."""
    let_threads_sleep()
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    meter = Meter(torch.device(options.device))
    name, chip = meter.name(), meter.rates()
    figures = ", ".join(f"{rate} {value:.4g}" for rate, value in chip.items())
    print(f"{name}, {torch.get_num_threads()} threads: {figures}")
    rows = []
    for case in _cases(options):
        row = _compare(options, case, meter)
        rows.append(row)
        _print(row, chip)
    settings = {key: value for key, value in vars(options).items() if key != "measure"}
    latest.store("painting", {"name": name, "chip": chip, "settings": settings, "rows": rows})
    return 0


def _cases(options: argparse.Namespace) -> list[Case]:
    return [
        Case(vqgan, clip, int(side))
        for vqgan in options.vqgan.split(",")
        for clip in options.clip.split(",")
        for side in options.sizes.split(",")
    ]


def _compare(options: argparse.Namespace, case: Case, meter: Meter) -> dict[str, Any]:
    contenders = [_reference(options, case, meter)]
    for precision in dict.fromkeys(options.precisions.split(",")):
        contenders.append(_painter(options, case, precision, meter))
    for contender in contenders:  # first use: buffers, caches, the memory model
        contender.step()
    for _ in range(options.rounds):
        for contender in contenders:
            before = meter.reset_peak()
            contender.seconds.append(meter.seconds(contender.step))
            contender.peak = max(contender.peak, meter.peak() - before)
    for contender in contenders:
        with timed(meter, contender.places) as contender.parts:
            contender.step()
    reference = contenders[0]
    return {
        "case": str(case),
        "gflop": _flops(reference.step) / 1e9,
        **{
            c.name: {"seconds": c.seconds, "peak": c.peak, "parts": dict(c.parts)}
            for c in contenders
        },
        "ratios": {
            c.name: [r / s for r, s in zip(reference.seconds, c.seconds, strict=True)]
            for c in contenders[1:]
        },
    }


def _print(row: dict[str, Any], chip: dict[str, float]) -> None:
    gflop, reference = row["gflop"], row["reference"]
    print(f"{row['case']}: {gflop:.0f} GFLOP a step")
    print(f"  floor {gflop / chip['fp32']:.4g} s in fp32, {gflop / chip['bf16']:.4g} s in bf16")
    seconds = statistics.median(reference["seconds"])
    print(f"  reference: {seconds:.4g} s; peak {reference['peak'] / 1e6:.0f} MB", end="")
    _print_parts(reference)
    for name, ratios in row["ratios"].items():
        seconds = statistics.median(row[name]["seconds"])
        share = gflop / chip["bf16" if "bf16" in name else "fp32"] / seconds
        memory = reference["peak"] / max(row[name]["peak"], 1)
        print(
            f"  {name}: {seconds:.4g} s, x{statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}-{max(ratios):.2f}), {share:.0%} of the matrix rate; "
            f"peak {row[name]['peak'] / 1e6:.0f} MB, 1/{memory:.1f} of the reference",
            end="",
        )
        _print_parts(row[name])


def _print_parts(figures: dict[str, Any]) -> None:
    told = ", ".join(f"{part} {seconds:.3g}" for part, seconds in figures["parts"].items())
    print(f"\n    {told}", flush=True)


def _flops(step: Callable[[], object]) -> int:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        step()
    return int(counter.get_total_flops())


def _reference(options: argparse.Namespace, case: Case, meter: Meter) -> Contender:
    import open_clip
    import torch

    from benchmarks.painting.networks import random_vqgan
    from benchmarks.painting.reference_step import Reference, ReferenceStep, stock

    device = meter.device
    vqgan = stock(random_vqgan(case.vqgan)).to(device)
    references = []
    for name in case.clip.split("+"):
        clip = open_clip.create_model(name, load_weights=False).eval().requires_grad_(False)
        side = open_clip.get_model_config(name)["vision_cfg"]["image_size"]
        vector = torch.randn(1, clip.visual.output_dim, device=device)
        target = torch.nn.functional.normalize(vector, dim=1)
        references.append(Reference(clip.visual.to(device), target, side))
    cells = case.side // vqgan.shape.cell
    codes = torch.randint(vqgan.shape.n_embed, (1, cells, cells), device=device)
    step = ReferenceStep(vqgan, references, vqgan.lookup(codes).detach(), options.cutouts)
    places = [
        ("decoder", step, "picture"),
        ("cutouts", step, "cut"),
        ("guide", step, "loss"),
        ("backward", torch.autograd, "grad"),
        ("optimiser", step.optimizer, "step"),
    ]
    return Contender("reference", step.step, places)


def _painter(options: argparse.Namespace, case: Case, precision: str, meter: Meter) -> Contender:
    import torch

    from benchmarks.painting.networks import random_models
    from engine.kernels.precision import choose_precision
    from engine.painting.batch import evaluation
    from engine.painting.optimisation.adam import Adam
    from engine.painting.painter import paint
    from store.request.request import DrawRequest

    chosen = choose_precision(precision, meter.device)
    models = random_models(case.vqgan, case.clip.split("+"), chosen, meter.device)
    request = DrawRequest(
        PROMPT,
        size=(case.side, case.side),
        steps=options.rounds + 4,
        seed=1,
        cutouts=options.cutouts,
        init_noise="codes",
    )
    steps: Iterator[object] = paint(request, models)
    next(steps)
    places: list[TimedPlace] = [
        ("decoder", models.vqgan, "decode"),
        ("cutouts", evaluation, "sample_cutouts"),
        ("cutouts", evaluation, "apply_cutouts"),
        ("backward of the decoder", evaluation, "pull_back"),
        ("backward of cutouts and guides", torch.Tensor, "backward"),
        ("optimiser", Adam, "step"),
    ]
    places += [("guide", guide, "encode_image") for guide in models.guides["latin"]]
    return Contender(f"painter {chosen}", lambda: next(steps), places)
