"""Paint many prompts with several seeds in parallel processes and cache the pictures.

The cache is `.training/paintings/`; its keys include the hashes of the weights.
"""

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.models import LoadedModels, ModelNames, load_models
from engine.painting.painter import paint
from engine.registry import packaged
from store.request.request import DrawRequest
from training.art import FOLDER

NO_FOLDER = Path("nowhere")  # unused: the pocket models are inside the package


@cache
def _models() -> LoadedModels:
    torch.set_num_threads(1)
    return load_models(ModelNames(), "auto", NO_FOLDER)


def _file(prompt: str, seed: int, init_noise: str | None) -> Path:
    """Return the cache file, named by the hash of everything that determines the picture."""
    weights = [(e.sha256, str(e.defaults)) for e in packaged.MODELS if e.packaged]
    key = repr((weights, prompt, seed, init_noise)).encode()
    return FOLDER / "paintings" / f"{hashlib.sha256(key).hexdigest()[:24]}.safetensors"


def _paint(task: tuple[str, int, str | None]) -> None:
    prompt, seed, init_noise = task
    path = _file(*task)
    if path.exists():
        return
    steps = paint(DrawRequest(prompt, seed=seed, init_noise=init_noise), _models())
    start = next(steps).image.contiguous()
    *_, last = steps
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    save_file({"start": start, "picture": last.image.contiguous()}, temporary)
    temporary.replace(path)


def paint_all(
    prompts: Sequence[str], seeds: Iterable[int], init_noise: str | None = None
) -> tuple[Tensor, Tensor]:
    """Paint every prompt with every seed; return starts and results [seeds * prompts, 3, h, w]."""
    tasks = [(prompt, seed, init_noise) for seed in seeds for prompt in prompts]
    workers = min(os.cpu_count() or 1, 16)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, _ in enumerate(pool.map(_paint, tasks), 1):
            print(f"\r{number} of {len(tasks)} painted", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    results = [load_file(_file(*task)) for task in tasks]
    return torch.stack([f["start"] for f in results]), torch.stack([f["picture"] for f in results])
