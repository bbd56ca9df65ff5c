"""One attempt at making a finished picture larger, which paints nothing new."""

import math
from dataclasses import replace
from time import monotonic

from engine.images.output import pixels, png
from engine.result import metadata_of
from engine.worker.finished import FinishedPainting, WriteResult, models_of, speed_key_of
from engine.worker.job_painter import JobPainter
from store.model import Result
from store.reader.scripts import open_scripts

TWICE = "2"  # as `DrawRequest.upscale` has it


class LargerPainter(JobPainter):
    """Enlarge a picture to twice its sides: a drawing by its finish, others by an upscaler."""

    def run(self) -> WriteResult | None:
        """Enlarge; return what writes the result, or None if it was halted."""
        assert self.request.larger is not None
        self.step, self.steps = 0, 1
        picture = self._images(self.request.larger)[0]
        models = self._pipeline.load(self.request)
        painted = replace(self.request, larger=None)
        plan = self._pipeline.plan(painted, models)
        started = monotonic()
        asked = replace(painted, upscale=TWICE)
        height, width = picture.shape[1:]
        enlarging = self._pipeline.enlarging(asked, replace(plan, height=height, width=width))
        assert enlarging is not None  # as it is asked for
        enlarged = picture
        for grown in enlarging.grow(picture):
            if self._abandoned:
                return None
            enlarged = grown
        seconds = monotonic() - started
        verdict = self._pipeline.classify(models, [enlarged])
        hashes = self._pipeline.hashes(asked if enlarging.upscaler else painted)
        metadata = metadata_of(painted, plan, math.nan, hashes, self._images) | {"enlarged": 2}
        larger = pixels(enlarged)
        height, width = enlarged.shape[1:]
        result = Result(
            picture=f"{self._result_folder}/picture.png",
            animation="",
            gif="",
            width=width,
            height=height,
            steps=0,
            seconds=seconds,
            loss=0.0,
            seed=self.request.seed or 0,
            models=models_of(self.request),
            enlarges=True,
            styles=open_scripts(self._pipeline.repertoires(models)),
        )
        speed_key = f"{speed_key_of(self.request, width, height)} larger"
        vectors = self._pipeline.vectors(models, [enlarged])
        done = FinishedPainting(result, (), verdict, speed_key, seconds, None, vectors)

        def write() -> FinishedPainting | None:
            return done if self._write_files({"picture.png": png(larger, metadata)}) else None

        return write
