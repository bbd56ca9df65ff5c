"""What painting takes: the models that a request names, the painter and the safety classifier."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine import hardware
from engine.drafters.published import PUBLISHED_DRAFTERS
from engine.registry.aliases import canonical
from engine.settings import EngineSettings
from store.model import NO_VERDICT, SafetyVerdict
from store.request import presets
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.guides.guide import Guide
    from engine.images.inputs import Pictures
    from engine.models import LoadedModels, ModelNames
    from engine.painting.plan import Plan
    from engine.painting.step import Step
    from engine.upscaling.choice import Enlarging
    from store.model import Notice
    from store.reader.drafters import OfferedDrafter
    from store.reader.repertoire import Repertoire

    GuidesByScript = Mapping[str, tuple[Guide, ...]]
    ResumeState = Mapping[str, Tensor] | None  # to resume from
    Enough = Callable[[], bool]
    DraftTogether = Callable[
        [Sequence[DrawRequest], LoadedModels, ResumeState, Pictures], Iterator[Step]
    ]
    Paint = Callable[[DrawRequest, LoadedModels, ResumeState, Pictures, Enough], Iterator[Step]]
    Size = tuple[int, int] | None  # (width, height)
    OnDisk = tuple[Sequence[str], Sequence[str]]  # the names of VQGANs and of guides

log = logging.getLogger(__name__)


def _plan(request: DrawRequest, models: "LoadedModels") -> "Plan":
    from engine.painting.plan import plan_for  # late, as it imports torch

    return plan_for(request, models)


def _enlarging(request: DrawRequest, plan: "Plan") -> "Enlarging | None":
    """Enlarge as drawings are, by their finish alone."""
    from engine.images.finish import doubled
    from engine.upscaling.choice import Enlarging

    return Enlarging(int(request.upscale), None, doubled) if request.upscale else None


def _parts(request: DrawRequest, models: "LoadedModels") -> "Sequence[DrawRequest]":
    from engine.painting.plan import sheet_parts

    return sheet_parts(request, models)


def _notices(request: DrawRequest, models: "LoadedModels") -> "Sequence[Notice]":
    from engine.painting.plan import notices_for

    return notices_for(request, models)


@dataclass(frozen=True)
class Pipeline:
    """The parts of the painting; `open_pipeline` makes the real one, tests replace some parts."""

    device: str
    load: "Callable[[DrawRequest], LoadedModels]"
    paint: "Paint"
    plan: "Callable[[DrawRequest, LoadedModels], Plan]" = _plan
    notices: "Callable[[DrawRequest, LoadedModels], Sequence[Notice]]" = _notices
    # The requests of the pictures of a sheet.
    parts: "Callable[[DrawRequest, LoadedModels], Sequence[DrawRequest]]" = _parts
    # One draft for each of these requests, all at once, as `painter.draft_together`; no step where
    # each is to be drawn alone.
    draft_together: "DraftTogether" = lambda requests, models, resume, pictures: iter(())
    # What is said before painting, in a language.
    before_painting: "Callable[[DrawRequest, LoadedModels, str], Sequence[Notice]]" = (
        lambda request, models, language: ()
    )
    # What can be drawn, by the scripts that only guides of closed vocabularies read.
    repertoires: "Callable[[LoadedModels], Mapping[str, Repertoire]]" = lambda models: {}
    # The same by the names of these guides, for requests that choose one.
    closed_guides: "Callable[[LoadedModels], Mapping[str, Repertoire]]" = lambda models: {}
    precision: "Callable[[LoadedModels], str]" = lambda models: "fp32"  # that it is painted in
    hashes: Callable[[DrawRequest], Mapping[str, str]] = lambda request: {}  # of the weights
    classify: "Callable[[LoadedModels, Sequence[Tensor]], SafetyVerdict]" = (
        lambda models, pictures: NO_VERDICT
    )
    # Unit vectors of pictures together, by guide: pictures are found by them.
    vectors: "Callable[[LoadedModels, Sequence[Tensor]], Mapping[str, bytes]]" = (
        lambda models, pictures: {}
    )
    # The guides of the settings, by script, to ask beside the painting.
    guides: "Callable[[], GuidesByScript]" = lambda: {}
    # Makes a finished picture [3, h, w] larger, as the request says.
    enlarging: "Callable[[DrawRequest, Plan], Enlarging | None]" = _enlarging
    # Whether a picture of this plan can be made twice as large.
    enlarges: "Callable[[Plan], bool]" = lambda plan: plan.finish == "gouache"
    on_disk: Callable[[], "OnDisk"] = lambda: ((), ())
    # Those that can draw without a map, and fit into the memory.
    drafters: "Callable[[], Sequence[OfferedDrafter]]" = lambda: ()
    most_at_once: int = 1  # paintings, each in a thread of its own
    # How many such requests are best painted at once, with the memory that is free.
    at_once: "Callable[[DrawRequest, LoadedModels], int]" = lambda request, models: 1
    # The largest size that fits into the free memory, if any.
    largest_size: "Callable[[LoadedModels, DrawRequest], Size]" = lambda models, request: None


def with_defaults(request: DrawRequest, settings: EngineSettings) -> DrawRequest:
    """Return the request with every model named: its own choice, else that of the settings.

    Other names of published models are replaced by their own. The number of steps may stay open:
    then the model decides.
    """
    steps = request.steps
    if settings.steps and steps is None:
        quality = presets.quality(request.quality or "standard")
        steps = min(quality.steps_of(settings.steps), request.max_steps)
    return replace(
        request,
        vqgan=canonical("vqgan", request.vqgan or _vqgan_of(request.draft) or settings.vqgan),
        clip=canonical("clip", request.clip or settings.clip),
        ruclip=canonical("ruclip", request.ruclip or settings.ruclip),
        guide=canonical("guide", request.guide) if request.guide else None,
        steps=steps,
    )


def _vqgan_of(drafter: str | None) -> str | None:
    """Return the VQGAN whose codes a published drafter draws."""
    published = PUBLISHED_DRAFTERS.get(drafter or "")
    return published.vqgan if published else None


def limit_threads(settings: EngineSettings) -> None:
    """Let what this thread computes use so many threads as the settings say."""
    if settings.threads:
        import torch

        torch.set_num_threads(settings.threads)


def open_pipeline(settings: EngineSettings, config: Path | None = None) -> Pipeline:
    """Import torch, which takes seconds, and return the pipeline.

    config: the configuration of a VQGAN that is a file and has none beside it.

    Raises EngineError where the device is missing.
    """
    hardware.let_threads_sleep()

    from engine import device, models
    from engine.guides import guide, pocket, warnings
    from engine.painting import memory_budget, painter
    from engine.painting.batch.batch import Batch
    from engine.painting.batch.size import BatchSizes, most_at_once
    from engine.registry import fingerprints, folder, packaged
    from engine.safety import classifier
    from engine.upscaling import choice

    device_name = str(device.choose_device(settings.device))
    memory = hardware.device_memory(device_name)
    total_memory = memory[1] if memory else None
    limit_threads(settings)
    loaded_models: dict[ModelNames, LoadedModels] = {}
    batch = Batch(most_at_once(settings.batch, device_name))
    sizes = BatchSizes(batch, measured=settings.batch == "auto")

    def load(request: DrawRequest) -> "LoadedModels":
        """Load one set of models at a time: two may not fit into a GPU."""
        names = models.ModelNames(
            request.vqgan or settings.vqgan,
            request.guide or request.clip or settings.clip,
            request.guide or request.ruclip or settings.ruclip,
            config,
            request.draft,
            packaged.is_earlier(request.vqgan or settings.vqgan, request.edition),
        )
        with batch.turn:
            if names not in loaded_models:
                loaded_models.clear()
                log.info("loading %s for %s", names, device_name)
                with memory_budget.memory_errors():
                    loaded_models[names] = models.load_models(
                        names, device_name, settings.models, settings.precision
                    )
            return loaded_models[names]

    def paint(
        request: DrawRequest,
        loaded: "LoadedModels",
        resume: "ResumeState",
        pictures: "Pictures",
        enough: "Enough",
    ) -> "Iterator[Step]":
        """Paint within the free memory; raise EngineError at once where the size does not fit."""
        with memory_budget.memory_errors():
            with batch.turn:
                plan = memory_budget.fit_to_memory(loaded, request)
                memory_budget.check_drafts(loaded, request, plan)
                memory_budget.keep_freed(loaded, request, plan)
            try:
                yield from painter.paint(
                    request, loaded, resume, pictures, plan, enough=enough, batch=batch
                )
            finally:
                memory_budget.empty_cache()

    def draft_together(
        requests: "Sequence[DrawRequest]",
        loaded: "LoadedModels",
        resume: "ResumeState",
        pictures: "Pictures",
    ) -> "Iterator[Step]":
        if not memory_budget.drafts_fit_together(loaded, requests):
            return
        with memory_budget.memory_errors():
            try:
                yield from painter.draft_together(requests, loaded, resume, pictures)
            finally:
                memory_budget.empty_cache()

    return Pipeline(
        device_name,
        load,
        paint,
        before_painting=lambda request, loaded, language: (
            ()  # the words are the drafter's, which knows others
            if request.draft
            else warnings.before_painting(loaded.guides, request.phrases, language, loaded.drawn)
        ),
        repertoires=lambda loaded: warnings.repertoires_of(loaded.guides, loaded.drawn),
        closed_guides=lambda loaded: {
            pocket.NAME: warnings.beside_drafts(pocket.known_things(), loaded.drawn)
        },
        draft_together=draft_together,
        precision=lambda loaded: loaded.precision,
        hashes=partial(fingerprints.hashes, folder=settings.models),
        classify=classifier.SafetyClassifier(),
        vectors=lambda loaded, pictures: guide.packed(loaded.guides, pictures),
        guides=partial(_guides, settings, device_name, loaded_models, {}),
        enlarging=partial(_enlarging_with, settings.models, device_name),
        enlarges=lambda plan: (
            plan.finish == "gouache" or choice.at_hand(2, settings.models) is not None
        ),
        on_disk=partial(folder.on_disk, settings.models),
        drafters=partial(folder.drafters_on_disk, settings.models, total_memory),
        most_at_once=batch.most,
        at_once=sizes.of,
        largest_size=memory_budget.largest_size,
    )


def _enlarging_with(
    models: Path, device: str, request: DrawRequest, plan: "Plan"
) -> "Enlarging | None":
    """Enlarge with what the folder of models has; raise EngineError where that cannot be done."""
    import torch

    from engine.images.finish import doubled
    from engine.upscaling import choice

    if request.upscale is None:
        return None
    finish = doubled if plan.finish == "gouache" else None
    enlarging = choice.enlarging(request.upscale, models, torch.device(device), finish)
    enlarging = replace(enlarging, tile=plan.tile)
    enlarging.check(plan.width, plan.height)
    return enlarging


def _guides(
    settings: EngineSettings,
    device: str,
    loaded: "Mapping[ModelNames, LoadedModels]",
    own: "dict[ModelNames, GuidesByScript]",
) -> "GuidesByScript":
    """Return the guides of the settings: those that paint now, if they are these, else `own`."""
    from engine import models

    names = models.ModelNames(
        clip=canonical("clip", settings.clip), ruclip=canonical("ruclip", settings.ruclip)
    )
    for used, painting in tuple(loaded.items()):
        if (used.clip, used.ruclip) == (names.clip, names.ruclip):
            own.clear()
            return painting.guides
    if names not in own:
        own[names] = models.load_guides(names, device, settings.models, settings.precision)
    return own[names]
