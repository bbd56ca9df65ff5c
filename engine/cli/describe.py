"""The subcommand `words`: what a picture shows, in Russian."""

from typing import TYPE_CHECKING

from engine.errors import DONE, say

if TYPE_CHECKING:
    from argparse import Namespace

    from engine.settings import EngineSettings

DRAFTER = "rudolph"
SHOWN = 5  # captions


def run_words(options: "Namespace", settings: "EngineSettings", language: str) -> int:
    """Run `words`: print what a picture shows, the best caption first."""
    from engine.images.inputs import from_disk

    picture = from_disk()(options.words[0])  # before torch loads anything large
    from engine.drafters.captions import COUNT, captions
    from engine.drafters.published import PUBLISHED_DRAFTERS
    from engine.drafters.rudalle import RuDalleDrafter
    from engine.models import ModelNames, load_models
    from engine.painting.resize import cover

    names = ModelNames(vqgan=PUBLISHED_DRAFTERS[DRAFTER].vqgan, draft=DRAFTER)
    models = load_models(names, settings.device, settings.models)
    drafter, vqgan = models.drafter, models.vqgan
    assert isinstance(drafter, RuDalleDrafter), "RUDOLPH is one"
    side = drafter.side * vqgan.shape.cell
    squared = cover(picture, side, side).to(vqgan.codebook.device)
    indices = vqgan.nearest(vqgan.encode(squared))[0].cpu()
    found = captions(drafter, indices)
    for caption in found[:SHOWN]:
        values = {"text": caption.text, "times": caption.times, "count": COUNT}
        print(say("words-line", language, **values))
    if not found:
        print(say("words-none", language))
    return DONE
