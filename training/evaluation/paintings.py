"""Paint many prompts in parallel processes and keep the pictures.

They are kept in `.training/paintings/`, so that a run goes on where another one was ended; the
names of the files include the hashes of the weights.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, process_time

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from engine.images import finish
from engine.models import LoadedModels, ModelNames, load_models
from engine.painting.painter import paint
from engine.registry import packaged
from store.request.request import DrawRequest
from training.art import FOLDER
from training.evaluation.film_growth import SIDE

NO_FOLDER = Path("nowhere")  # unused: the pocket models are inside the package


@dataclass(frozen=True)
class PaintingTask:
    """A picture to be painted; what is None is left to the painter."""

    prompt: str
    seed: int = 1
    quality: str | None = None
    init_noise: str | None = None

    @property
    def file(self) -> Path:
        """Return where it is kept, named by the hash of everything that determines it."""
        weights = [(e.sha256, str(e.defaults)) for e in packaged.MODELS if e.packaged]
        key = repr((weights, finish.EDITION, astuple(self))).encode()
        return FOLDER / "paintings" / f"{hashlib.sha256(key).hexdigest()[:24]}.safetensors"


@dataclass(frozen=True)
class KeptPainting:
    """A picture [3, h, w], the frames of its film [n, 3, SIDE, SIDE] and its CPU seconds."""

    picture: Tensor
    film: Tensor
    seconds: float


@cache
def _models() -> LoadedModels:
    torch.set_num_threads(1)
    return load_models(ModelNames(), "auto", NO_FOLDER)


def _paint(task: PaintingTask, until: float) -> None:
    path = task.file
    if path.exists() or monotonic() > until:
        return
    models = _models()
    request = DrawRequest(
        task.prompt, seed=task.seed, quality=task.quality, init_noise=task.init_noise
    )
    began, frames, aside = process_time(), [], 0.0
    for step in paint(request, models):
        pause = process_time()
        frames.append(F.interpolate(step.frame()[None], size=(SIDE, SIDE), mode="area")[0])
        aside += process_time() - pause
    values = {
        "picture": step.image.contiguous(),
        "film": torch.stack(frames),
        "seconds": torch.tensor(process_time() - began - aside),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    save_file(values, temporary)
    temporary.replace(path)


def painted(tasks: Sequence[PaintingTask], minutes: float = 1e6) -> list[KeptPainting | None]:
    """Paint what is not kept yet, for so many minutes; return None for what is not painted."""
    workers = min(os.cpu_count() or 1, 16)
    until = [monotonic() + 60 * minutes] * len(tasks)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, _ in enumerate(pool.map(_paint, tasks, until), 1):
            print(f"\r{number} of {len(tasks)} painted", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return [_kept(task) for task in tasks]


def _kept(task: PaintingTask) -> KeptPainting | None:
    if not task.file.exists():
        return None
    values = load_file(task.file)
    return KeptPainting(values["picture"], values["film"], float(values["seconds"]))


def paint_all(prompts: Sequence[str], seed: int = 1) -> Tensor:
    """Paint every prompt; return the pictures [prompts, 3, h, w]."""
    found = painted([PaintingTask(prompt, seed) for prompt in prompts])
    return torch.stack([one.picture for one in found if one])
