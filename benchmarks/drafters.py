"""Measure how fast drafters draw codes, against reading their weights once for each code.

The weights have the published sizes and random values. Whatever the number of drafts, a step takes
at least the bytes of the weights over the memory's bandwidth; many drafts at once take at least the
arithmetic of their linear maps over the device's rate. Both are measured in the same run.
"""

import argparse
import statistics
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks import latest
from engine.hardware import let_threads_sleep

if TYPE_CHECKING:
    import torch

    from engine.drafters.networks.sandwich import SandwichShape, TextCodeModel

READ_BYTES = 1 << 30  # for the bandwidth: more than any cache holds


@dataclass(frozen=True)
class DrafterSize:
    """A published drafter: layers, width, heads, positions of the text, side of the grid."""

    layers: int
    width: int
    heads: int
    text: int
    side: int
    right: int = 0


SIZES = {
    "rudolph": DrafterSize(24, 1024, 16, 64, 16, 64),
    "malevich": DrafterSize(24, 2048, 16, 128, 32),
}


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
        size = SIZES[name]
        size = replace(size, layers=options.layers or size.layers)
        model, read = _random_model(size, dtype, device)
        for count in options.drafts:
            floor = max(read / bandwidth, 2 * count * read / dtype.itemsize / rate)
            rounds = [_seconds(model, count, options.codes) for _ in range(options.rounds)]
            seconds = statistics.median(rounds) / options.codes
            row = {
                "drafter": name,
                "layers": size.layers,
                "drafts": count,
                "codes_per_second": count / seconds,
                "seconds_per_step": seconds,
                "floor_seconds": floor,
                "share_of_floor": floor / seconds,
                "share_of_reading": read / bandwidth / seconds,
            }
            rows.append(row)
            print(
                f"{name:9} {size.layers:2} layers, {count:2} drafts: {1 / seconds:7.2f} steps/s,"
                f" {count / seconds:8.2f} codes/s, {row['share_of_floor']:.0%} of the floor,"
                f" {row['share_of_reading']:.0%} of reading alone"
            )
    latest.store("drafters", {"bandwidth": bandwidth, "matrix_rate": rate, "rows": rows})
    return 0


def _random_model(
    size: DrafterSize, dtype: "torch.dtype", device: "torch.device"
) -> tuple["TextCodeModel", int]:
    """Return the model, and the bytes of its weights that one code needs."""
    import torch

    from engine.drafters.networks.sandwich import TextCodeModel
    from engine.drafters.precision import placed

    with torch.device("meta"):
        model = TextCodeModel(_shape(size))
    model.to(dtype).to_empty(device="cpu")
    for parameter in model.parameters():
        parameter.data.normal_(0, 0.02)
    read = sum(
        parameter.numel() * parameter.element_size()
        for part in (model.transformer, model.to_code_logits)
        for parameter in part.parameters()
    )
    return placed(model.eval().requires_grad_(False), device), read


def _shape(size: DrafterSize) -> "SandwichShape":
    from engine.drafters.networks.sandwich import SandwichShape

    return SandwichShape(
        size.layers,
        size.width,
        size.heads,
        size.text,
        size.side,
        text_vocabulary=16384 + size.text,
        code_vocabulary=8192,
        codes=8192,
        right=size.right,
        inner_convolutions=bool(size.right),
    )


def _seconds(model: "TextCodeModel", count: int, codes: int) -> float:
    """Return the seconds that drawing takes, from the middle of a grid on."""
    import torch

    from engine.drafters.rudalle import TextCodeReader
    from engine.drafters.sampling import Sampling, draw, uniform_numbers

    sampling = Sampling(top_k=1024, top_p=0.99)
    numbers = uniform_numbers(1, count, codes)
    with torch.no_grad():
        reader = TextCodeReader(model, [5] * model.shape.text, count)
        reader.restart()
        half = torch.zeros(count, model.shape.side**2 // 2, dtype=torch.int64)
        logits = reader.read(half)
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
