"""What an engine tells of itself: the models that it has, and the sizes for which it has memory."""

import math
import os
import platform
from dataclasses import replace

from engine.pipeline import Pipeline, with_defaults
from engine.settings import EngineSettings
from store.jobs.engines import EngineState
from store.request.request import DrawRequest, model_names


class Capabilities:
    """The engine's own models, and all others on its disk, which it loads when they are wanted.

    Making it loads the own ones, so that an engine never offers what it does not have; EngineError
    where that fails. The largest size is that of the own models, with the memory that is free then.
    """

    def __init__(self, pipeline: Pipeline, settings: EngineSettings) -> None:
        own = with_defaults(DrawRequest(prompt="-"), settings)
        several = filter(None, (own.clip, own.ruclip))
        self._vqgans = [own.vqgan] if own.vqgan else []
        self._guides = [name for some in several for name in model_names(some)]
        self._studio = pipeline
        loaded = pipeline.load(own)
        plan = loaded.plan(own)
        usual = plan.width, plan.height
        largest = pipeline.largest(loaded, own) or usual
        sizes = [size for size in {usual, largest} if math.prod(size) <= math.prod(largest)]
        pid = os.getpid()
        self.state = EngineState(
            name=f"{platform.node()}:{pid}",
            models=(),
            device=pipeline.device,
            sizes=tuple(sorted(sizes, key=math.prod)),
            pid=pid,
        )
        self.look()

    def look(self) -> bool:
        """Looks what lies on the disk now; whether that is news."""
        before = self.state
        vqgans, guides = self._studio.on_disk()
        self.state = replace(
            before,
            models=tuple(dict.fromkeys([*self._vqgans, *self._guides, *vqgans, *guides])),
            vqgans=tuple(dict.fromkeys([*self._vqgans, *vqgans])),
        )
        return self.state != before
