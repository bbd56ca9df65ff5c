"""Parse the command-line arguments shared by all training stages: steps, threads, device."""

import argparse
import logging

import torch


def start_training(steps: int, seed: int = 0) -> int:
    """Parse the command line, configure torch and return the number of steps.

    The default of `--steps` is `steps`. Afterwards tensors, generators
    (`training.data.labels.seeded_generators`) and networks are created on the chosen device.
    Checkpoints do not depend on the device.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        parser.error("there is no CUDA device here; --device cpu trains without one")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    torch.set_default_device(resolve_device(args.device))
    torch.manual_seed(seed)
    return int(args.steps)


def resolve_device(device: str) -> str:
    """Replace `auto` by `cuda` where CUDA is available and by `cpu` elsewhere."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device
