"""Compare the measured peak memory of a painting step with the predicted one.

The prediction is that of `engine.painting.memory_budget`. Each case runs in its own process, so
that none inherits memory from another. The weights of published VQGAN shapes and of CLIP are
random, because memory does not depend on them.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import latest
from benchmarks.painting.meter import PEAK_RESET, status
from benchmarks.painting.networks import random_clip, random_vqgan

if TYPE_CHECKING:
    from engine.models import LoadedModels

MB = 1e6


@dataclass(frozen=True)
class MemoryCase:
    """`vqgan` is pocket, f16 or f8; `guide` is pocket or an open_clip architecture."""

    vqgan: str
    guide: str
    width: int
    height: int
    cutouts: int
    chunk: int = 32
    precision: str = "fp32"
    recompute: bool = False

    def __str__(self) -> str:
        size = f"{self.width}x{self.height}"
        return (
            f"{self.vqgan:7} {self.guide:9} {size:>9} {self.cutouts:4} cutouts by {self.chunk:<2} "
            f"{self.precision} {'twice' if self.recompute else 'once '}"
        )


CASES = (
    MemoryCase("pocket", "pocket", 256, 256, 12),
    MemoryCase("pocket", "pocket", 512, 384, 64),
    MemoryCase("pocket", "pocket", 768, 768, 12),
    MemoryCase("pocket", "ViT-B-32", 256, 256, 32),
    MemoryCase("f16", "ViT-B-32", 128, 128, 32),
    MemoryCase("f16", "ViT-B-32", 256, 256, 32),
    MemoryCase("f16", "ViT-B-32", 256, 256, 32, chunk=4),
    MemoryCase("f16", "ViT-B-32", 384, 256, 32),
    MemoryCase("f8", "ViT-B-32", 256, 256, 16),
    MemoryCase("f8", "ViT-B-32", 384, 384, 16),
    MemoryCase("f16", "ViT-B-32", 256, 256, 32, precision="bf16"),
    MemoryCase("f16", "ViT-B-32", 512, 512, 8, chunk=4, precision="bf16"),
    MemoryCase("f16", "ViT-B-32", 256, 256, 32, chunk=4, recompute=True),
    MemoryCase("f16", "ViT-B-32", 512, 512, 8, chunk=4, precision="bf16", recompute=True),
    MemoryCase("f16", "ViT-B-32", 512, 512, 32, precision="bf16", recompute=True),
    MemoryCase("f16", "ViT-B-32", 512, 512, 32, chunk=4, precision="bf16", recompute=True),
    MemoryCase("f8", "ViT-B-32", 256, 256, 8, chunk=4, precision="bf16", recompute=True),
)
# The largest squares for 8 and 16 GB: minutes on a processor.
LARGE = (
    MemoryCase("f16", "ViT-B-32", 1024, 1024, 8, chunk=4, precision="bf16", recompute=True),
    MemoryCase("f16", "ViT-B-32", 2048, 2048, 8, chunk=4, precision="bf16", recompute=True),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command-line options of this benchmark."""
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="cases whose line holds the text"
    )
    parser.add_argument("--large", action="store_true", help="also 1,024 and 2,048 px")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--case", help=argparse.SUPPRESS)  # passes a case to a subprocess


def run(options: argparse.Namespace) -> int:
    """Print a line for each case and store all figures."""
    if options.case:
        print(json.dumps(_measure(MemoryCase(**json.loads(options.case)), options.device)))
        return 0
    rows = []
    for case in CASES + LARGE * options.large:
        if options.only not in str(case):
            continue
        figures = _measure_in_subprocess(case, options.device)
        rows.append(asdict(case) | {"device": options.device, **figures})
        predicted, measured = (figures[name] / MB for name in ("predicted", "measured"))
        line = f"predicted {predicted:6.0f} MB, measured {measured:6.0f} MB"
        print(f"{case}  {line}  x{predicted / measured:.2f}", flush=True)
    latest.store("memory", {"rows": rows})
    return 0


def _measure_in_subprocess(case: MemoryCase, device: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks", "memory", "--device", device]
    command += ["--case", json.dumps(asdict(case))]
    completed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(completed.stdout.splitlines()[-1])
    return figures


def _measure(case: MemoryCase, device: str) -> dict[str, float]:
    from dataclasses import replace

    import torch

    from engine.kernels import allocator
    from engine.painting import memory_budget
    from engine.painting.painter import paint
    from engine.painting.plan import plan_for
    from store.request.request import DrawRequest

    allocator.share_one_arena()  # as the engine does
    models = _models(case, device)
    request = DrawRequest(
        "cat",
        size=(case.width, case.height),
        steps=1,
        seed=1,
        cutouts=case.cutouts,
        init_noise="codes",
    )
    plan = replace(plan_for(request, models), chunk=case.chunk, recompute=case.recompute)
    predicted = memory_budget.peak_bytes(models.vqgan, models.guides["latin"], plan)
    memory_budget.empty_cache()
    on_gpu = device == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    else:
        PEAK_RESET.write_text("5")
        before = status("VmRSS")
    for _ in paint(request, models, plan=plan):
        pass
    peak = torch.cuda.max_memory_reserved() if on_gpu else status("VmHWM")
    return {"predicted": predicted, "measured": peak - before}


def _models(case: MemoryCase, device: str) -> "LoadedModels":
    """Return the pocket models, or random ones of the published shapes that the case names."""
    import torch

    from engine.defaults import PaintingDefaults, Stage
    from engine.kernels.precision import type_of
    from engine.models import LoadedModels, ModelNames, load_models

    models = load_models(ModelNames(), device, Path("nowhere"))
    vqgan, guides = models.vqgan, dict(models.guides)
    defaults = PaintingDefaults(stages=(Stage(1.0, 1.0),))
    if case.vqgan != "pocket":
        vqgan = random_vqgan(case.vqgan).requires_grad_(False).to(device)
        vqgan.to(memory_format=torch.channels_last)
    if case.guide != "pocket":
        guides = dict.fromkeys(guides, (random_clip(case.guide, torch.device(device)),))
    vqgan.decode_in(type_of(case.precision))
    for guide in dict.fromkeys(guide for some in guides.values() for guide in some):
        guide.see_in(type_of(case.precision))
    return LoadedModels(case.vqgan, vqgan, defaults, guides)
