"""What painting takes: the models that a request names, loaded once, and the painter."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from engine.settings import EngineSettings
from store import presets
from store.records import UNJUDGED, Verdict
from store.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.album import Pictures
    from engine.models import Models, Names
    from engine.painter import Step

    Resume = Mapping[str, Tensor] | None
    Paint = Callable[[DrawRequest, Models, Resume, Pictures], Iterator[Step]]
    Largest = Callable[[Models, DrawRequest], tuple[int, int] | None]  # (width, height)
    OnDisk = tuple[Sequence[str], Sequence[str]]  # the names of VQGANs and of guides

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Studio:
    """Tests paint in a studio of their own; `open_studio` is the real one."""

    device: str
    load: "Callable[[DrawRequest], Models]"
    paint: "Paint"
    hashes: Callable[[DrawRequest], Mapping[str, str]] = lambda request: {}  # of the weights
    judge: "Callable[[Models, Sequence[Tensor]], Verdict]" = lambda models, pictures: UNJUDGED
    on_disk: Callable[[], "OnDisk"] = lambda: ((), ())
    largest: "Largest" = lambda models, request: None  # for which there is memory, if any


def complete(request: DrawRequest, settings: EngineSettings) -> DrawRequest:
    """The request with every model named: its own choice, else that of the settings.

    The number of steps may stay open: then the model decides.
    """
    steps = request.steps
    if settings.steps and not steps:
        quality = presets.quality(request.quality or "standard")
        steps = min(quality.steps_of(settings.steps), request.most_steps)
    return replace(
        request,
        vqgan=request.vqgan or settings.vqgan,
        clip=request.clip or settings.clip,
        ruclip=request.ruclip or settings.ruclip,
        steps=steps,
    )


def open_studio(settings: EngineSettings) -> Studio:
    """Takes seconds: from here on torch is imported. EngineError where the device is missing."""
    # Read once, by the import. Threads that spin while they wait take the processor from each
    # other wherever anything else runs: four times slower beside one busy program.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from engine import device, fingerprints, memory, models, painter, safety, shelf

    chosen = str(device.choose(settings.device))
    if settings.threads:
        torch.set_num_threads(settings.threads)
    ready: dict[Names, Models] = {}

    def load(request: DrawRequest) -> "Models":
        """One set of models at a time: two may not fit into a GPU."""
        names = models.Names(
            request.vqgan or settings.vqgan,
            request.guide or request.clip or settings.clip,
            request.guide or request.ruclip or settings.ruclip,
        )
        if names not in ready:
            ready.clear()
            log.info("loading %s for %s", names, chosen)
            with memory.told():
                ready[names] = models.load(names, chosen, settings.models)
        return ready[names]

    def paint(
        request: DrawRequest,
        loaded: "Models",
        resume: "Mapping[str, Tensor] | None",
        pictures: "Pictures",
    ) -> "Iterator[Step]":
        """Says at once which size would fit where this one does not."""
        with memory.told():
            plan = memory.fitted(loaded, request)
            yield from painter.paint(request, loaded, resume, pictures, plan)

    on_disk = partial(shelf.on_disk, settings.models)
    hashes = partial(fingerprints.hashes, folder=settings.models)
    return Studio(chosen, load, paint, hashes, safety.Judge(), on_disk, memory.largest)
