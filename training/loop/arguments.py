"""What every stage of the training is told on its command line: steps, threads, device."""

import argparse
import logging

import torch


def start_training(steps: int, seed: int = 0) -> int:
    """Reads the command line and prepares torch; the number of steps, `steps` unless told.

    From here on tensors, generators (`training.scenes.seeded`) and networks come into being on the
    device; checkpoints are the same on all.
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
    torch.set_default_device(chosen(args.device))
    torch.manual_seed(seed)
    return int(args.steps)


def chosen(device: str) -> str:
    """auto -> cuda where there is one, else cpu."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device
