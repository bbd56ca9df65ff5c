"""Paints many prompts with several seeds, in as many processes as there are cores.

What is painted already is kept under `.training/paintings/`, by the weights that painted it.
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

NOWHERE = Path("nowhere")  # the pocket models are inside the package


@cache
def _models() -> LoadedModels:
    torch.set_num_threads(1)
    return load_models(ModelNames(), "auto", NOWHERE)


def _file(prompt: str, seed: int, init_noise: str | None) -> Path:
    """By everything that decides about the picture."""
    weights = [(e.sha256, str(e.manner)) for e in packaged.MODELS if e.packaged]
    told = repr((weights, prompt, seed, init_noise)).encode()
    return FOLDER / "paintings" / f"{hashlib.sha256(told).hexdigest()[:24]}.safetensors"


def _paint(task: tuple[str, int, str | None]) -> None:
    prompt, seed, init_noise = task
    path = _file(*task)
    if path.exists():
        return
    steps = paint(DrawRequest(prompt, seed=seed, init_noise=init_noise), _models())
    start = next(steps).image.contiguous()
    *_, last = steps
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    save_file({"start": start, "picture": last.image.contiguous()}, fresh)
    fresh.replace(path)


def painted(
    prompts: Sequence[str], seeds: Iterable[int], init_noise: str | None = None
) -> tuple[Tensor, Tensor]:
    """Starts and finished pictures [prompts * seeds, 3, h, w], all prompts of a seed together."""
    tasks = [(prompt, seed, init_noise) for seed in seeds for prompt in prompts]
    crew = min(os.cpu_count() or 1, 16)
    with ProcessPoolExecutor(crew, mp_context=get_context("spawn")) as pool:
        for number, _ in enumerate(pool.map(_paint, tasks), 1):
            print(f"\r{number} of {len(tasks)} painted", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    found = [load_file(_file(*task)) for task in tasks]
    return torch.stack([f["start"] for f in found]), torch.stack([f["picture"] for f in found])
