"""What a painting takes of the memory, and which size fits into what is free.

The bytes are those that autograd keeps, counted on small pictures by the very networks that paint:
they grow with the picture's area and, where there is attention, with its square. The constants
below come from `python -m benchmarks memory`, which compares the sum with real peaks.
"""

import gc
import math
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from engine import hardware
from engine.defaults import CutoutParams
from engine.errors import EngineError
from engine.guides.guide import Guide
from engine.models import LoadedModels
from engine.networks.vqgan import VQGAN
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.painting.plan import Plan
from store.request.request import MAX_AREA, SIDES, DrawRequest

BASE = 200e6  # what the libraries take the first time, whatever the size
WORK = 1.6  # times what autograd keeps of the views: a guide takes more and gives it back at once
SHARE = 0.9  # of the free memory: others want some too, and a sum is not a measurement
FEWER_CUTOUTS = 4  # views at a time where memory is short
FEWEST = 4  # cells on the shorter side of the smallest picture that is offered


@dataclass(frozen=True)
class MemoryModel:
    """Bytes of a network's gradient: of each pixel, and of each pixel times each pixel."""

    pixel: float
    square: float

    def of(self, area: float) -> float:
        """Bytes for a picture of so many pixels."""
        return self.pixel * area + self.square * area**2


def fit_to_memory(models: LoadedModels, request: DrawRequest) -> Plan:
    """The request's plan, with fewer views at a time where only that fits.

    Raises EngineError, which names the largest size of the same shape, where nothing helps.
    """
    plan = models.plan(request)
    room = hardware.free_memory(models.vqgan.codebook.device)
    if room is None:
        return plan
    guides = [guide for guide, _ in models.targets(request.phrases)]
    thrifty = replace(plan, chunk=min(plan.chunk, FEWER_CUTOUTS))
    for one in (plan, thrifty):
        if need(models.vqgan, guides, one) <= room * SHARE:
            return one
    most = _largest(thrifty, lambda one: need(models.vqgan, guides, one) <= room * SHARE)
    figures = {
        "width": plan.width,
        "height": plan.height,
        "need": round(need(models.vqgan, guides, thrifty) / 1e9, 1),
        "free": round(room / 1e9, 1),
    }
    if most is None:
        raise EngineError("memory-none", **figures)
    raise EngineError("memory-short", **figures, most_width=most.width, most_height=most.height)


def largest(models: LoadedModels, request: DrawRequest) -> tuple[int, int] | None:
    """The largest (width, height) of the request's shape that fits now, with all the guides.

    No larger than any request may be; None where not even the smallest fits.
    """
    plan = models.plan(request)
    wide = math.sqrt(MAX_AREA / (plan.width * plan.height))
    across, down = (
        int(min(side * wide, SIDES[1])) // plan.cell * plan.cell
        for side in (plan.width, plan.height)
    )
    huge = replace(plan, width=across, height=down, chunk=min(plan.chunk, FEWER_CUTOUTS))
    room = hardware.free_memory(models.vqgan.codebook.device)
    guides = [guide for some in models.guides.values() for guide in some]

    def fits(one: Plan) -> bool:
        return room is None or need(models.vqgan, guides, one) <= room * SHARE

    most = huge if fits(huge) else _largest(huge, fits)
    return (most.width, most.height) if most else None


def need(vqgan: VQGAN, guides: Sequence[Guide], plan: Plan) -> float:
    """The peak of a step in bytes, beside the weights.

    The decoder keeps its tensors while one guide after the other looks at views of the picture.
    """
    views = max((_views(guide, plan) for guide in guides), default=0.0)
    return BASE + _decoder(vqgan).of(plan.width * plan.height) + views


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is no memory; on the CPU torch has no class for it."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    told = str(error)
    signs = ("can't allocate memory", "std::bad_alloc", "ALLOC_FAILED", "out of memory")
    return isinstance(error, RuntimeError) and any(sign in told for sign in signs)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Makes the lack of memory an EngineError, which holds nothing of what had filled it."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)
        empty_cache()
        raise EngineError("memory-out") from None


def empty_cache() -> None:
    """What nobody uses any more, for others or for another try."""
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def _views(guide: Guide, plan: Plan) -> float:
    """The noise of all views, made once from chance and once to its level; the chunk's gradient."""
    noise = 2 * plan.cutouts * 3 * guide.side**2 * 4
    return noise + WORK * min(plan.chunk, plan.cutouts) * _view(guide)


_DECODERS: "WeakKeyDictionary[VQGAN, MemoryModel]" = WeakKeyDictionary()
_VIEWS: "WeakKeyDictionary[Guide, float]" = WeakKeyDictionary()


def _decoder(vqgan: VQGAN) -> MemoryModel:
    """Three small areas tell the three terms; the constant one, mostly weights, is dropped."""
    if vqgan not in _DECODERS:
        area = float(vqgan.shape.cell**2)
        device = vqgan.codebook.device

        def bytes_of(height: int, width: int) -> float:
            size = (1, vqgan.shape.embed_dim, height, width)
            latent = torch.zeros(size, device=device, requires_grad=True)
            return _kept(lambda: vqgan.decode(vqgan.quantise(latent)))

        # At n, 2n and 4n: q n^2 + p n + c.
        n = 16 * area
        first, second, fourth = bytes_of(4, 4), bytes_of(4, 8), bytes_of(8, 8)
        square = max((fourth - 3 * second + 2 * first) / (6 * n**2), 0.0)
        pixel = (second - first) / n - 3 * n * square
        _DECODERS[vqgan] = MemoryModel(pixel, square)
    return _DECODERS[vqgan]


def _view(guide: Guide) -> float:
    """Of each view more, from the warped picture to the guide's vector."""
    if guide not in _VIEWS:
        chance = torch.Generator().manual_seed(0)
        size = (guide.side, guide.side)
        probe = guide.encode_text(["-"])  # tells the device

        def bytes_of(count: int) -> float:
            picture = torch.zeros(1, 3, *size, device=probe.device, requires_grad=True)
            views = sample_cutouts(CutoutParams(), count, size, guide.side, chance).to(probe.device)
            return _kept(lambda: guide.encode_image(apply_cutouts(picture, views)))

        _VIEWS[guide] = bytes_of(2) - bytes_of(1)
    return _VIEWS[guide]


def _kept(act: Callable[[], Tensor]) -> float:
    """Bytes of all that autograd keeps to go back through what `act` computes."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda one: one):
        result = act()  # held until the end, so that no address is used twice
    del result
    return float(sum(kept.values()))


def _largest(plan: Plan, fits: Callable[[Plan], bool]) -> Plan | None:
    """The plan on the largest grid of the same shape that fits."""
    short = min(plan.width, plan.height) // plan.cell

    def scaled(cells: int) -> Plan:
        across, down = (
            max(round(side * cells / short / plan.cell), 1) * plan.cell
            for side in (plan.width, plan.height)
        )
        return replace(plan, width=across, height=down)

    low, high = FEWEST - 1, short  # the plan itself does not fit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(scaled(middle)) else (low, middle)
    return scaled(low) if low >= FEWEST else None
