"""What painting takes: the models that a request names, loaded once, and the painter."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from engine.settings import EngineSettings
from store.model import NO_VERDICT, SafetyVerdict
from store.request import presets
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.images.inputs import Pictures
    from engine.models import LoadedModels, ModelNames
    from engine.painting.painter import Step

    Resume = Mapping[str, Tensor] | None
    Paint = Callable[[DrawRequest, LoadedModels, Resume, Pictures], Iterator[Step]]
    Largest = Callable[[LoadedModels, DrawRequest], tuple[int, int] | None]  # (width, height)
    OnDisk = tuple[Sequence[str], Sequence[str]]  # the names of VQGANs and of guides

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pipeline:
    """Tests paint in a studio of their own; `open_studio` is the real one."""

    device: str
    load: "Callable[[DrawRequest], LoadedModels]"
    paint: "Paint"
    hashes: Callable[[DrawRequest], Mapping[str, str]] = lambda request: {}  # of the weights
    judge: "Callable[[LoadedModels, Sequence[Tensor]], SafetyVerdict]" = lambda models, pictures: (
        NO_VERDICT
    )
    on_disk: Callable[[], "OnDisk"] = lambda: ((), ())
    largest: "Largest" = lambda models, request: None  # for which there is memory, if any


def with_defaults(request: DrawRequest, settings: EngineSettings) -> DrawRequest:
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


def open_pipeline(settings: EngineSettings) -> Pipeline:
    """Takes seconds: from here on torch is imported. EngineError where the device is missing."""
    # Read once, by the import. Threads that spin while they wait take the processor from each
    # other wherever anything else runs: four times slower beside one busy program.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from engine import device, models
    from engine.painting import memory_budget, painter
    from engine.registry import fingerprints, folder
    from engine.safety import classifier

    chosen = str(device.choose_device(settings.device))
    if settings.threads:
        torch.set_num_threads(settings.threads)
    ready: dict[ModelNames, LoadedModels] = {}

    def load(request: DrawRequest) -> "LoadedModels":
        """One set of models at a time: two may not fit into a GPU."""
        names = models.ModelNames(
            request.vqgan or settings.vqgan,
            request.guide or request.clip or settings.clip,
            request.guide or request.ruclip or settings.ruclip,
        )
        if names not in ready:
            ready.clear()
            log.info("loading %s for %s", names, chosen)
            with memory_budget.memory_errors():
                ready[names] = models.load_models(names, chosen, settings.models)
        return ready[names]

    def paint(
        request: DrawRequest,
        loaded: "LoadedModels",
        resume: "Mapping[str, Tensor] | None",
        pictures: "Pictures",
    ) -> "Iterator[Step]":
        """Says at once which size would fit where this one does not."""
        with memory_budget.memory_errors():
            plan = memory_budget.fit_to_memory(loaded, request)
            yield from painter.paint(request, loaded, resume, pictures, plan)

    on_disk = partial(folder.on_disk, settings.models)
    hashes = partial(fingerprints.hashes, folder=settings.models)
    return Pipeline(
        chosen, load, paint, hashes, classifier.SafetyClassifier(), on_disk, memory_budget.largest
    )
