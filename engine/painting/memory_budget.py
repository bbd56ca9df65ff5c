"""How much memory a step of painting takes, and which size fits into what is free.

Counted is what autograd keeps on small pictures, with the very networks that paint: it grows with
the picture's area and, where there is attention, with the square of it. The constants below come
from `python -m benchmarks memory`, which compares the sum with measured peaks.
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
from engine.kernels import allocator
from engine.models import LoadedModels
from engine.networks.vqgan import VQGAN
from engine.painting.conditioning import phrase_targets
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.painting.plan import Plan, plan_for
from engine.painting.start.drafting import draft_request
from store.faults import is_out_of_memory
from store.request.request import MAX_AREA, SIDES, DrawRequest

BASE = 110e6  # bytes that the libraries take at first use, at any size
# Of the decoder's largest tensors at once, beside what it keeps for the gradient; one more where a
# block is computed again.
LARGEST = 3
WORK = 1.6  # a guide's peak over what autograd keeps of a batch of cutouts
SHARE = 0.9  # of the free memory: other programs need some, and the estimate has an error
HOSTED = ("cuda",)  # devices with another memory than the host's
FEWER_CUTOUTS = 4  # in a batch where memory is short
FEWEST = 4  # cells on the shorter side of the smallest picture that is offered


@dataclass(frozen=True)
class MemoryModel:
    """Bytes that a network's gradient takes: pixel * area + square * area², area in pixels."""

    pixel: float
    square: float

    def of(self, area: float) -> float:
        """Return the bytes for a picture of so many pixels."""
        return self.pixel * area + self.square * area**2


def fit_to_memory(models: LoadedModels, request: DrawRequest) -> Plan:
    """Return the request's plan, with what saves memory where only that fits.

    First smaller batches of cutouts are tried, then blocks of the decoder that are computed twice,
    at last, on a GPU, what they keep goes to the host's memory.

    Raises EngineError where nothing fits; it names the largest size of the same shape that would.
    """
    plan = plan_for(request, models)
    device = models.vqgan.codebook.device
    free = hardware.free_memory(device)
    if free is None:
        return plan
    guides = [guide for guide, _ in phrase_targets(models, request.phrases)]
    twice = thrifty(plan)
    least = replace(twice, offload=device.type in HOSTED)
    budget = free * SHARE
    for candidate in (plan, replace(twice, recompute=False), twice, least):
        if _fits(models.vqgan, guides, candidate, budget):
            return candidate
    most = _largest_plan(least, lambda some: _fits(models.vqgan, guides, some, budget))
    figures = {
        "width": plan.width,
        "height": plan.height,
        "need": round(peak_bytes(models.vqgan, guides, least) / 1e9, 1),
        "free": round(free / 1e9, 1),
    }
    if most is None:
        raise EngineError("memory-none", **figures)
    raise EngineError("memory-short", **figures, most_width=most.width, most_height=most.height)


def thrifty(plan: Plan) -> Plan:
    """Return a plan of the same picture that takes the least memory."""
    return replace(plan, chunk=min(plan.chunk, FEWER_CUTOUTS), recompute=True)


def is_thrifty(plan: Plan) -> bool:
    """Return whether nothing more can be saved."""
    return plan == thrifty(plan)


def keep_freed(models: LoadedModels, request: DrawRequest, plan: Plan) -> None:
    """Let a processor keep what each step frees, where memory is plentiful."""
    device = models.vqgan.codebook.device
    if device.type == "cpu":
        guides = [guide for guide, _ in phrase_targets(models, request.phrases)]
        peak = peak_bytes(models.vqgan, guides, plan)
        allocator.keep_freed(peak, hardware.free_memory(device))


def check_drafts(models: LoadedModels, request: DrawRequest, plan: Plan) -> None:
    """Raise EngineError where the drafts do not fit at once; it names how many would."""
    drafter = models.drafter
    if drafter is None:
        return
    free = hardware.free_memory(models.vqgan.codebook.device)
    if free is None:
        return
    wanted = draft_request(request, drafter, plan)
    needs = {n: drafter.memory(replace(wanted, count=n)) for n in range(1, wanted.count + 1)}
    most = max((n for n, need in needs.items() if need <= free * SHARE), default=0)
    if most < wanted.count:
        figures = {"need": round(needs[wanted.count] / 1e9, 1), "free": round(free / 1e9, 1)}
        raise EngineError("memory-drafts", drafts=wanted.count, most=most, **figures)


def drafts_fit_together(models: LoadedModels, requests: Sequence[DrawRequest]) -> bool:
    """Return whether a drafter can draw the one draft of each of these requests at once."""
    first = requests[0]
    alone = models.drafter is not None and first.drafts == 1 and first.steps == 0
    if not alone or first.init is not None or len(requests) == 1:
        return False
    try:
        check_drafts(models, first, replace(plan_for(first, models), drafts=len(requests)))
    except EngineError:  # also those of words, which each picture says for itself
        return False
    return True


def largest_size(models: LoadedModels, request: DrawRequest) -> tuple[int, int] | None:
    """Return the largest (width, height) of the request's shape that fits now, with all guides.

    It is no larger than any request may be; None where not even the smallest size fits.
    """
    plan = plan_for(request, models)
    scale = math.sqrt(MAX_AREA / (plan.width * plan.height))
    width, height = (
        int(min(side * scale, SIDES[1])) // plan.cell * plan.cell
        for side in (plan.width, plan.height)
    )
    device = models.vqgan.codebook.device
    free, offload = hardware.free_memory(device), device.type in HOSTED
    limit = replace(thrifty(plan), width=width, height=height, offload=offload)
    guides = [guide for some in models.guides.values() for guide in some]

    def fits(candidate: Plan) -> bool:
        return free is None or _fits(models.vqgan, guides, candidate, free * SHARE)

    most = limit if fits(limit) else _largest_plan(limit, fits)
    return (most.width, most.height) if most else None


def most_at_once(models: LoadedModels, request: DrawRequest, most: int) -> int:
    """Return of how many such requests, at most `most`, the steps fit at once into free memory."""
    free = hardware.free_memory(models.vqgan.codebook.device)
    if free is None:
        return most
    guides = [guide for some in models.guides.values() for guide in some]
    one = peak_bytes(models.vqgan, guides, plan_for(request, models)) - BASE
    return max(1, min(most, int((free * SHARE - BASE) // one)))


def _fits(vqgan: VQGAN, guides: Sequence[Guide], plan: Plan, budget: float) -> bool:
    """Return whether a step takes no more of the device, and of the host's memory what is free."""
    host = _host_memory() if plan.offload else None
    kept = _decoder_model(vqgan, plan.recompute, False).of(plan.painted_area)
    return (host is None or kept <= host * SHARE) and peak_bytes(vqgan, guides, plan) <= budget


def peak_bytes(vqgan: VQGAN, guides: Sequence[Guide], plan: Plan) -> float:
    """Return the peak memory of a step in bytes, without the weights.

    The decoder's tensors and the cutouts of all guides are kept while one guide after the other
    encodes its own.
    """
    sampled = sum(_noise_bytes(guide, plan) for guide in guides)
    cutouts = sampled + max((_cutouts_bytes(guide, plan) for guide in guides), default=0.0)
    decoder = _decoder_model(vqgan, plan.recompute, plan.offload)
    return BASE + decoder.of(plan.painted_area) + cutouts


def _host_memory() -> int | None:
    return hardware.free_memory(torch.device("cpu"))


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn an out-of-memory error into an EngineError that keeps no tensors alive."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)
        empty_cache()
        raise EngineError("memory-out") from None


def empty_cache() -> None:
    """Free unreferenced tensors; return freed memory to the kernel and torch's to the GPU."""
    gc.collect()
    allocator.give_back()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def _cutouts_bytes(guide: Guide, plan: Plan) -> float:
    """Return the bytes of the scaling of all cutouts' noise and of a batch's gradient."""
    batch = WORK * min(plan.chunk, plan.cutouts) * _bytes_per_cutout(guide)
    return _noise_bytes(guide, plan) + batch


def _noise_bytes(guide: Guide, plan: Plan) -> float:
    return plan.cutouts * 3 * guide.side**2 * 4.0


_DECODERS: "WeakKeyDictionary[VQGAN, dict[tuple[bool, bool], MemoryModel]]" = WeakKeyDictionary()
_CUTOUTS: "WeakKeyDictionary[Guide, float]" = WeakKeyDictionary()


def _decoder_model(vqgan: VQGAN, recompute: bool, offload: bool) -> MemoryModel:
    """Fit the two terms to three small areas; the constant one, mostly weights, is dropped."""
    models, key = _DECODERS.setdefault(vqgan, {}), (recompute, offload)
    if key not in models:
        area = float(vqgan.shape.cell**2)
        device = vqgan.codebook.device

        def bytes_of(height: int, width: int) -> float:
            size = (1, vqgan.shape.embed_dim, height, width)
            latent = torch.zeros(size, device=device, requires_grad=True)
            kept = _kept(lambda: vqgan.decode(vqgan.quantise(latent)))
            held = max(kept) if offload else sum(kept)  # one at a time comes back from the host
            return float(held + (LARGEST + recompute) * max(kept))

        # At n, 2n and 4n: q n^2 + p n + c.
        n = 16 * area
        before = vqgan.keep_little(recompute)
        try:
            first, second, fourth = bytes_of(4, 4), bytes_of(4, 8), bytes_of(8, 8)
        finally:
            vqgan.keep_little(before)
        square = max((fourth - 3 * second + 2 * first) / (6 * n**2), 0.0)
        pixel = (second - first) / n - 3 * n * square
        models[key] = MemoryModel(pixel, square)
    return models[key]


def _bytes_per_cutout(guide: Guide) -> float:
    """Return the bytes that each further cutout adds, from the warped picture to its embedding."""
    if guide not in _CUTOUTS:
        generator = torch.Generator().manual_seed(0)
        size = (guide.side, guide.side)
        device = guide.encode_text(["-"]).device

        def bytes_of(count: int) -> float:
            picture = torch.zeros(1, 3, *size, device=device, requires_grad=True)
            cutouts = sample_cutouts(CutoutParams(), count, size, guide.side, generator).to(device)
            return sum(_kept(lambda: guide.encode_image(apply_cutouts(picture, cutouts))))

        _CUTOUTS[guide] = bytes_of(2) - bytes_of(1)
    return _CUTOUTS[guide]


def _kept(compute: Callable[[], Tensor]) -> list[int]:
    """Return the bytes of each tensor that autograd keeps for the gradient of `compute`."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = compute()  # kept alive until the end, so that no address is used twice
    del result
    return list(kept.values())


def _largest_plan(plan: Plan, fits: Callable[[Plan], bool]) -> Plan | None:
    """Return the plan at the largest size of the same shape that fits, by bisection."""
    short = min(plan.width, plan.height) // plan.cell

    def scaled(cells: int) -> Plan:
        width, height = (
            max(round(side * cells / short / plan.cell), 1) * plan.cell
            for side in (plan.width, plan.height)
        )
        return replace(plan, width=width, height=height)

    low, high = FEWEST - 1, short  # the plan itself does not fit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(scaled(middle)) else (low, middle)
    return scaled(low) if low >= FEWEST else None
