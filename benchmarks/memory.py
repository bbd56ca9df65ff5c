"""The peak of memory that a step of painting takes, beside what `engine.memory` says it will.

Each case is a process of its own, so that none inherits memory from another. A VQGAN of a published
shape and a CLIP have random weights: memory does not ask what the numbers mean.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks import latest

if TYPE_CHECKING:
    import torch

    from engine.guides.clip import ClipGuide
    from engine.models import LoadedModels

STATUS, PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MB = 1e6


@dataclass(frozen=True)
class Case:
    """`vqgan` is pocket, f16 or f8; `guide` is pocket or an architecture of open_clip's."""

    vqgan: str
    guide: str
    width: int
    height: int
    cutouts: int
    chunk: int = 32

    def __str__(self) -> str:
        size = f"{self.width}x{self.height}"
        return (
            f"{self.vqgan:7} {self.guide:9} {size:>9} {self.cutouts:4} cutouts by {self.chunk:<2}"
        )


CASES = (
    Case("pocket", "pocket", 256, 256, 12),
    Case("pocket", "pocket", 512, 384, 64),
    Case("pocket", "pocket", 768, 768, 12),
    Case("pocket", "ViT-B-32", 256, 256, 32),
    Case("f16", "ViT-B-32", 128, 128, 32),
    Case("f16", "ViT-B-32", 256, 256, 32),
    Case("f16", "ViT-B-32", 256, 256, 32, chunk=4),
    Case("f16", "ViT-B-32", 384, 256, 32),
    Case("f8", "ViT-B-32", 256, 256, 16),
    Case("f8", "ViT-B-32", 384, 384, 16),
)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="cases whose line holds the text"
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--case", help=argparse.SUPPRESS)  # how each process learns what to measure


def run(chosen: argparse.Namespace) -> int:
    """Prints a line for each case and leaves all figures in `benchmarks/out/latest.json`."""
    if chosen.case:
        print(json.dumps(_measure(Case(**json.loads(chosen.case)), chosen.device)))
        return 0
    rows = []
    for case in CASES:
        if chosen.only not in str(case):
            continue
        told = _in_a_process(case, chosen.device)
        rows.append(asdict(case) | {"device": chosen.device, **told})
        ratio = told["predicted"] / told["measured"]
        figures = (
            f"predicted {told['predicted'] / MB:6.0f} MB, measured {told['measured'] / MB:6.0f} MB"
        )
        print(f"{case}  {figures}  x{ratio:.2f}", flush=True)
    latest.keep("memory", {"rows": rows})
    return 0


def _in_a_process(case: Case, device: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks", "memory", "--device", device]
    command += ["--case", json.dumps(asdict(case))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _measure(case: Case, device: str) -> dict[str, float]:
    from dataclasses import replace

    import torch

    from engine.painting import memory_budget
    from engine.painting.painter import paint
    from store.request.request import DrawRequest

    models = _models(case, device)
    request = DrawRequest(
        "cat",
        size=(case.width, case.height),
        steps=1,
        seed=1,
        cutouts=case.cutouts,
        init_noise="codes",
    )
    plan = replace(models.plan(request), chunk=case.chunk)
    predicted = memory_budget.need(models.vqgan, models.guides["latin"], plan)
    memory_budget.empty_cache()
    on_card = device == "cuda"
    if on_card:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    else:
        PEAK_RESET.write_text("5")
        before = _status("VmRSS")
    for _ in paint(request, models, plan=plan):
        pass
    peak = torch.cuda.max_memory_reserved() if on_card else _status("VmHWM")
    return {"predicted": predicted, "measured": peak - before}


def _status(name: str) -> int:
    """Bytes of resident memory, now or at its highest."""
    lines = STATUS.read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _models(case: Case, device: str) -> "LoadedModels":
    """Pocket ones, with random ones of a published shape in their place where the case says so."""
    import torch

    from engine.defaults import PaintingDefaults, Stage
    from engine.models import LoadedModels, ModelNames, load_models
    from engine.networks.vqgan import VQGAN
    from engine.registry.packaged import PackagedModel
    from engine.registry.vqgans import F16_16384, GUMBEL_F8

    models = load_models(ModelNames(), device, Path("nowhere"))
    vqgan, entry, guides = models.vqgan, models.entry, dict(models.guides)
    shapes = {"f16": F16_16384, "f8": GUMBEL_F8}
    manner = PaintingDefaults(stages=(Stage(1.0, 1.0),))
    if case.vqgan in shapes:
        shape = shapes[case.vqgan]
        vqgan = VQGAN(shape).eval().requires_grad_(False).to(device)
        vqgan.to(memory_format=torch.channels_last)
    entry = PackagedModel(case.vqgan, "vqgan", "", "", "", 0, "", shape=vqgan.shape, manner=manner)
    if case.guide != "pocket":
        guides = dict.fromkeys(guides, (_random_clip(case.guide, torch.device(device)),))
    return LoadedModels(vqgan, entry, guides)


def _random_clip(architecture: str, device: "torch.device") -> "ClipGuide":
    """As it comes from a file, but for what the numbers are."""
    import open_clip
    from safetensors.torch import save_model

    from engine.guides.clip import ClipGuide

    with TemporaryDirectory() as folder:
        file = Path(folder, "weights.safetensors")
        save_model(open_clip.create_model(architecture, load_weights=False), str(file))
        return ClipGuide(architecture, file, device)
