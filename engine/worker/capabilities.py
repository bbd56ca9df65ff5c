"""What an engine offers: the models that it has, and the sizes that fit into its memory."""

import math
import os
from dataclasses import replace
from functools import partial

from engine.pipeline import Pipeline, with_defaults
from engine.settings import EngineSettings
from engine.worker.drafting_pace import seconds_per_byte, with_pace
from store.jobs.engines import EngineState
from store.processes import own_name
from store.request.request import DrawRequest, model_names


class Capabilities:
    """The models of the engine's settings, and all others on its disk.

    The constructor loads the models of the settings, so that an engine never offers what it does
    not have; it raises EngineError where that fails. The largest size is that of these models, with
    the memory that is free then.
    """

    def __init__(self, pipeline: Pipeline, settings: EngineSettings) -> None:
        own = with_defaults(DrawRequest(prompt="-"), settings)
        guides = filter(None, (own.clip, own.ruclip))
        self._vqgans = [own.vqgan] if own.vqgan else []
        self._guides = [name for names in guides for name in model_names(names)]
        self._pipeline = pipeline
        loaded = pipeline.load(own)
        plan = pipeline.plan(own, loaded)
        usual = plan.width, plan.height
        largest = pipeline.largest_size(loaded, own) or usual
        sizes = [size for size in {usual, largest} if math.prod(size) <= math.prod(largest)]
        pid = os.getpid()
        self.state = EngineState(
            name=own_name(),
            models=(),
            device=pipeline.device,
            sizes=tuple(sorted(sizes, key=math.prod)),
            pid=pid,
            repertoires={**pipeline.repertoires(loaded), **pipeline.closed_guides(loaded)},
        )
        self.refresh()

    def refresh(self) -> bool:
        """Look for models on the disk; return whether anything has changed."""
        before = self.state
        vqgans, guides = self._pipeline.on_disk()
        per_byte = partial(seconds_per_byte, self._pipeline.device)
        drafters = tuple(with_pace(drafter, per_byte) for drafter in self._pipeline.drafters())
        own, names = (*self._vqgans, *self._guides), [drafter.name for drafter in drafters]
        self.state = replace(
            before,
            models=tuple(dict.fromkeys([*own, *vqgans, *guides, *names])),
            vqgans=tuple(dict.fromkeys([*self._vqgans, *vqgans])),
            guides=tuple(dict.fromkeys([*self._guides, *guides])),
            drafters=drafters,
        )
        return self.state != before
