"""Measure how fast drafters draw codes, against reading their weights once for each code.

The weights have the published sizes and random values. Whatever the number of drafts, a step takes
at least the bytes of the weights over the memory's bandwidth; many drafts at once take at least the
arithmetic of their linear maps over the device's rate. Both are measured in the same run.
"""

import argparse
import statistics
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks import latest
from benchmarks.random_drafters import SIZES, RandomDrafter, random_drafter
from engine.hardware import let_threads_sleep

if TYPE_CHECKING:
    import torch

READ_BYTES = 1 << 30  # for the bandwidth: more than any cache holds


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command-line options of this benchmark."""
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["rudolph"])
    parser.add_argument("--drafts", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--codes", type=int, default=48, help="to draw in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--layers", type=int, help="fewer layers, where memory or time is short")


def run(options: argparse.Namespace) -> int:
    """Print a line for each number of drafts; return the exit code."""
    # As the engine does: waiting threads leave the processor to those that work.
    let_threads_sleep()
    import torch

    from engine.drafters.precision import weights_dtype
    from engine.kernels.packed_linear import packs

    device = torch.device(options.device)
    dtype = weights_dtype(device)
    multiplied = torch.float32 if packs(device) else dtype
    bandwidth = statistics.median(_bandwidth(device) for _ in range(3))
    rate = statistics.median(_matrix_rate(device, multiplied) for _ in range(3))
    print(
        f"{device}, {torch.get_num_threads()} threads, {dtype}: {bandwidth / 1e9:.1f} GB/s,"
        f" {rate / 1e9:.0f} GFLOP/s in {multiplied}"
    )
    rows = []
    for name in options.sizes:
        drafter = random_drafter(name, options.layers, dtype, device)
        reading = drafter.read / bandwidth
        for count in options.drafts:
            products = drafter.rows * count * drafter.read / dtype.itemsize
            floor = max(reading, 2 * products / rate)
            rounds = [_seconds(drafter, count, options.codes) for _ in range(options.rounds)]
            seconds = statistics.median(rounds) / options.codes
            row = {
                "drafter": name,
                "drafts": count,
                "codes_per_second": count / seconds,
                "seconds_per_step": seconds,
                "floor_seconds": floor,
                "share_of_floor": floor / seconds,
                "share_of_reading": reading / seconds,
            }
            rows.append(row)
            print(
                f"{name:10} {count:2} drafts: {1 / seconds:7.2f} steps/s,"
                f" {count / seconds:8.2f} codes/s, {row['share_of_floor']:.0%} of the floor,"
                f" {row['share_of_reading']:.0%} of reading alone"
            )
    latest.store("drafters", {"bandwidth": bandwidth, "matrix_rate": rate, "rows": rows})
    return 0


def _seconds(drafter: RandomDrafter, count: int, codes: int) -> float:
    """Return the seconds that drawing takes, from the middle of a grid on."""
    import torch

    from engine.drafters.sampling import Sampling, draw, uniform_numbers

    sampling = Sampling(top_k=1024, top_p=0.99)
    numbers = uniform_numbers(1, count, codes)
    with torch.no_grad():
        reader = drafter.reader(count)
        reader.restart()
        logits = reader.read(torch.zeros(count, drafter.cells // 2, dtype=torch.int64))
        started = perf_counter()
        for code in range(codes):
            chosen = draw(sampling.probabilities(logits), numbers[:, code])
            logits = reader.read(chosen.cpu().unsqueeze(1))
        return perf_counter() - started


def _bandwidth(device: "torch.device") -> float:
    """Return the bytes per second at which memory is read."""
    import torch

    data = torch.ones(READ_BYTES // 4, device=device)
    data.sum().item()
    started = perf_counter()
    data.sum().item()
    return READ_BYTES / (perf_counter() - started)


def _matrix_rate(device: "torch.device", dtype: "torch.dtype") -> float:
    """Return the operations per second of a product of two square matrices."""
    import torch

    side = 2048
    matrix = torch.randn(side, side, device=device).to(dtype)
    (matrix @ matrix).sum().item()
    started = perf_counter()
    (matrix @ matrix).sum().item()
    return 2 * side**3 / (perf_counter() - started)
