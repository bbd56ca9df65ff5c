"""Find out whether this engine can paint at all, by painting something tiny."""

import logging

from engine.images.inputs import no_images
from engine.pipeline import Pipeline, open_pipeline, with_defaults
from engine.settings import EngineSettings
from store.request.request import SIDES, DrawRequest

log = logging.getLogger(__name__)

STEPS = 2  # the second one needs the gradient of the first
CUTOUTS = 4


def check_engine(pipeline: Pipeline, settings: EngineSettings) -> None:
    """Paint two steps of the smallest picture with the models of the settings.

    Raises any error of the device, its memory or the models. For the painting thread.
    """
    smallest = DrawRequest(
        prompt="-",
        seed=0,
        steps=STEPS,
        size=(SIDES[0], SIDES[0]),
        cutouts=CUTOUTS,
        init_noise="flat",  # decoded once, where a draft would be compared with others first
    )
    request = with_defaults(smallest, settings)
    models = pipeline.load(request)
    for _ in pipeline.paint(request, models, None, no_images, lambda: False):
        pass


if __name__ == "__main__":  # in a process of its own, whose device has had no error yet
    check_engine(open_pipeline(EngineSettings()), EngineSettings())
