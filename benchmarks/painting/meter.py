"""What a chip can do, and what a step takes of its time and memory."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

STATUS, PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
CPU_SIDE, GPU_SIDE = 1024, 8192  # of the matrices whose product is timed


@dataclass(frozen=True)
class Meter:
    """Measure on one device: seconds of the processor where it paints, else those of the clock."""

    device: "torch.device"

    @property
    def on_gpu(self) -> bool:
        """Return whether the device is an NVIDIA GPU."""
        return self.device.type == "cuda"

    def now(self) -> float:
        """Return seconds since some time, when all that was asked of the device is done."""
        import torch

        if not self.on_gpu:
            return time.process_time()
        torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def seconds(self, compute: Callable[[], object]) -> float:
        """Return how long `compute` takes."""
        started = self.now()
        compute()
        return self.now() - started

    def reset_peak(self) -> int:
        """Free what is free, forget the peak, and return the bytes in use."""
        import torch

        from engine.painting import memory_budget

        memory_budget.empty_cache()
        if self.on_gpu:
            torch.cuda.reset_peak_memory_stats(self.device)
            return torch.cuda.memory_allocated(self.device)
        PEAK_RESET.write_text("5")
        return status("VmRSS")

    def peak(self) -> int:
        """Return the most bytes that were in use since `reset_peak`."""
        import torch

        return torch.cuda.max_memory_allocated(self.device) if self.on_gpu else status("VmHWM")

    def name(self) -> str:
        """Return the name of the chip, of a processor with what it has for bf16."""
        from engine.device import device_name
        from engine.kernels.precision import bf16_instructions

        if self.on_gpu:
            return device_name(self.device)
        told = dict(line.split(":", 1) for line in _processor_lines())
        name = next((v for k, v in told.items() if k.strip() == "model name"), platform.machine())
        return f"{name.strip()} with {' and '.join(bf16_instructions()) or 'no bf16'}"

    def rates(self) -> dict[str, float]:
        """Return matrix products in GFLOP/s by type, and copying in GB/s."""
        import torch

        def best(compute: Callable[[], object], amount: float) -> float:
            compute()
            return max(amount / max(self.seconds(compute), 1e-9) for _ in range(3)) / 1e9

        side = GPU_SIDE if self.on_gpu else CPU_SIDE
        found = {}
        for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
            a, b = (torch.randn(side, side, device=self.device).to(dtype) for _ in range(2))
            found[name] = best(lambda a=a, b=b: a @ b, 2 * side**3)  # type: ignore[misc]
        source, target = (torch.zeros(2**24, device=self.device) for _ in range(2))
        return found | {"bandwidth": best(lambda: target.copy_(source), 2 * source.nbytes)}


def status(name: str) -> int:
    """Return bytes of resident memory, current or peak."""
    lines = STATUS.read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _processor_lines() -> list[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return []
    return [line for line in lines if ":" in line]
