"""Compare a step of the painter with the reference step, in turn and in one process.

Weights are random, because speed and memory do not depend on them. Times are processor seconds
where the processor paints; on a shared machine only the ratios mean something.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import latest

if TYPE_CHECKING:
    from engine.models import LoadedModels

STATUS, PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PROMPT = "a cat"


@dataclass
class Contender:
    """A way to make a step, and what its steps took."""

    name: str
    step: Callable[[], object]
    seconds: list[float]
    peak: float = 0.0  # bytes above those before the step


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command-line options of this benchmark."""
    parser.add_argument("--sizes", default="256", help="sides in pixels, with commas between them")
    parser.add_argument("--vqgan", choices=("f16", "f8"), default="f16")
    parser.add_argument("--clip", default="ViT-B-32-quickgelu", help="an architecture of open_clip")
    parser.add_argument("--cutouts", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--precisions", default="fp32,auto")


def run(options: argparse.Namespace) -> int:
    """Print a table for each size and store all figures."""
    import os

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    chip = _chip()
    print(", ".join(f"{name} {value:.4g}" for name, value in chip.items()))
    rows = []
    for side in map(int, options.sizes.split(",")):
        row = _compare(options, side)
        rows.append(row)
        _print(row, chip)
    settings = {key: value for key, value in vars(options).items() if key != "measure"}
    latest.store("painting", {"chip": chip, "settings": settings, "rows": rows})
    return 0


def _chip() -> dict[str, float]:
    """Measure matrix products in GFLOP/s, and copying in GB/s, with the threads of the painting."""
    import torch

    def best(compute: Callable[[], object], amount: float) -> float:
        compute()
        return max(amount / max(_timed(compute), 1e-9) for _ in range(3)) / 1e9

    rates = {}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        a, b = (torch.randn(1024, 1024).to(dtype) for _ in range(2))
        rates[name] = best(lambda a=a, b=b: a @ b, 2 * 1024**3)  # type: ignore[misc]
    source, target = torch.zeros(2**24), torch.zeros(2**24)
    return rates | {"bandwidth": best(lambda: target.copy_(source), 2 * source.nbytes)}


def _timed(compute: Callable[[], object]) -> float:
    started = time.process_time()
    compute()
    return time.process_time() - started


def _compare(options: argparse.Namespace, side: int) -> dict[str, Any]:
    contenders = [_reference(options, side)]
    for precision in dict.fromkeys(options.precisions.split(",")):
        contenders.append(_painter(options, side, precision))
    for contender in contenders:  # first use: buffers, caches, the memory model
        contender.step()
    for _ in range(options.rounds):
        for contender in contenders:
            before = _reset_peak()
            contender.seconds.append(_timed(contender.step))
            contender.peak = max(contender.peak, _status("VmHWM") - before)
    reference = contenders[0]
    return {
        "side": side,
        "gflop": _flops(reference.step) / 1e9,
        **{c.name: {"seconds": c.seconds, "peak": c.peak} for c in contenders},
        "ratios": {
            c.name: [r / s for r, s in zip(reference.seconds, c.seconds, strict=True)]
            for c in contenders[1:]
        },
    }


def _print(row: dict[str, Any], chip: dict[str, float]) -> None:
    side, gflop = row["side"], row["gflop"]
    reference = statistics.median(row["reference"]["seconds"])
    print(f"{side} px, {gflop:.0f} GFLOP a step; reference {reference:.2f} s")
    print(f"  floor {gflop / chip['fp32']:.2f} s in fp32, {gflop / chip['bf16']:.2f} s in bf16")
    for name, ratios in row["ratios"].items():
        seconds = statistics.median(row[name]["seconds"])
        share = gflop / chip["bf16" if "bf16" in name else "fp32"] / seconds
        memory = row["reference"]["peak"] / max(row[name]["peak"], 1)
        print(
            f"  {name}: {seconds:.2f} s, x{statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}-{max(ratios):.2f}), {share:.0%} of the matrix rate; "
            f"peak {row[name]['peak'] / 1e6:.0f} MB, 1/{memory:.1f} of the reference",
            flush=True,
        )


def _flops(step: Callable[[], object]) -> int:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        step()
    return int(counter.get_total_flops())


def _reset_peak() -> int:
    from engine.painting import memory_budget

    memory_budget.empty_cache()
    PEAK_RESET.write_text("5")
    return _status("VmRSS")


def _status(name: str) -> int:
    lines = STATUS.read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _vqgan(kind: str) -> Any:
    import torch

    from engine.networks.published_vqgan import F16_16384, GUMBEL_F8
    from engine.networks.vqgan import VQGAN

    torch.manual_seed(0)
    return VQGAN({"f16": F16_16384, "f8": GUMBEL_F8}[kind]).eval()


def _reference(options: argparse.Namespace, side: int) -> Contender:
    import open_clip
    import torch

    from benchmarks.reference_step import ReferenceStep, stock

    vqgan = stock(_vqgan(options.vqgan))
    clip = open_clip.create_model(options.clip, load_weights=False).eval().requires_grad_(False)
    size = open_clip.get_model_config(options.clip)["vision_cfg"]["image_size"]
    cells = side // vqgan.shape.cell
    latent = vqgan.lookup(torch.randint(vqgan.shape.n_embed, (1, cells, cells))).detach()
    target = torch.nn.functional.normalize(torch.randn(1, clip.visual.output_dim), dim=1)
    step = ReferenceStep(vqgan, clip.visual, target, latent, (options.cutouts, size))
    return Contender("reference", step.step, [])


def _painter(options: argparse.Namespace, side: int, precision: str) -> Contender:
    import torch

    from engine.kernels.precision import choose_precision
    from engine.painting.painter import paint
    from store.request.request import DrawRequest

    chosen = choose_precision(precision, torch.device("cpu"))
    models = _models(options, chosen)
    request = DrawRequest(
        PROMPT,
        size=(side, side),
        steps=options.rounds + 2,
        seed=1,
        cutouts=options.cutouts,
        init_noise="codes",
    )
    steps: Iterator[object] = paint(request, models)
    next(steps)
    return Contender(f"painter {chosen}", lambda: next(steps), [])


def _models(options: argparse.Namespace, precision: str) -> "LoadedModels":
    import torch

    from benchmarks.memory import random_clip
    from engine.defaults import PaintingDefaults
    from engine.kernels.precision import type_of
    from engine.models import LoadedModels

    vqgan = _vqgan(options.vqgan).requires_grad_(False).to(memory_format=torch.channels_last)
    guide = random_clip(options.clip, torch.device("cpu"))
    vqgan.decode_in(type_of(precision))
    guide.see_in(type_of(precision))
    guides = dict.fromkeys(("latin", "cyrillic"), (guide,))
    return LoadedModels(options.vqgan, vqgan, PaintingDefaults(), guides, precision=precision)
