"""What is recorded about a finished picture."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.images.inputs import InputImages, display_name
from engine.images.metadata import build_metadata
from engine.images.output import software
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from engine.painting.plan import Plan
    from store.model import Notice


def metadata_of(
    request: DrawRequest, plan: "Plan", loss: float, hashes: Mapping[str, str], images: InputImages
) -> dict[str, Any]:
    """Return the metadata of a picture: a request that would paint it again, and its loss.

    Images that it was painted from are recorded by name and hash, without their folders.
    """
    resolved = replace(
        resolve_request(request, plan),
        init=request.init and display_name(request.init),
        targets=tuple(replace(t, source=display_name(t.source)) for t in request.targets),
        style=request.style and display_name(request.style),
        complete=request.complete and display_name(request.complete),
        map=request.map and display_name(request.map),
    )
    metadata = build_metadata(request, resolved, hashes, software())
    pictures = {"pictures": images.origins(request)} if request.sources else {}
    return metadata | pictures | {"loss": loss if math.isfinite(loss) else None}


def no_film(reason: str) -> "Notice":
    """Return the notice of a picture whose animation could not be made."""
    from store.model import Notice  # late: the store is slow to import

    return Notice("notice-no-film", {"reason": reason})


def stopped_early(step: int, steps: int) -> "Notice":
    """Return the notice of a picture that no longer gained after so many of its steps."""
    from store.model import Notice

    return Notice("notice-enough", {"step": step, "steps": steps})


def resolve_request(request: DrawRequest, plan: "Plan") -> DrawRequest:
    """Return the request with everything that the plan decided filled in."""
    return replace(
        request,
        size=(plan.width, plan.height),
        steps=plan.steps,
        cutouts=plan.cutouts,
        init_noise=plan.init_noise if request.draft is None else None,
        optimizer=plan.optimizer,
        learning_rate=plan.learning_rate,
        cut_power=plan.cutout_params.power,
        every=plan.every,
        finish=plan.finish,
        edition=plan.edition,
        drafts=plan.drafts if request.keep or request.drafts else None,
    )
