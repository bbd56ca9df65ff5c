"""What is recorded about a finished picture."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.images.inputs import InputImages, open_shown
from engine.images.metadata import build_metadata
from engine.images.output import software
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from engine.painting.plan import Plan


def metadata_of(
    request: DrawRequest, plan: "Plan", loss: float, hashes: Mapping[str, str], album: InputImages
) -> dict[str, Any]:
    """What a picture tells about itself: a request that would paint it again, and its loss.

    The pictures that it was painted from are told by name and content, not by where they lay.
    """
    asked = replace(
        whole_number(request, plan),
        init=request.init and open_shown(request.init),
        targets=tuple(replace(one, source=open_shown(one.source)) for one in request.targets),
        style=request.style and open_shown(request.style),
    )
    told = build_metadata(request, asked, hashes, software())
    pictures = {"pictures": album.origins(request)} if request.sources else {}
    return told | pictures | {"loss": loss if math.isfinite(loss) else None}


def whole_number(request: DrawRequest, plan: "Plan") -> DrawRequest:
    """The request with all that the models chose."""
    return replace(
        request,
        size=(plan.width, plan.height),
        steps=plan.steps,
        cutouts=plan.cutouts,
        init_noise=plan.init_noise,
        optimizer=plan.optimizer,
        learning_rate=plan.learning_rate,
        cut_power=plan.cutting.power,
        every=plan.every,
    )
