"""A finished painting, and what is recorded of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from PIL import Image

from engine.images.animation import Pixels
from store.model import Notice, Result, SafetyVerdict
from store.request.request import DrawRequest


@dataclass(frozen=True)
class FinishedPainting:
    """The result of a job, whose files are all written."""

    result: Result
    notices: tuple[Notice, ...]
    verdict: SafetyVerdict
    speed_key: str
    seconds_per_step: float  # of the engine, which may paint several at once
    film_fault: str | None  # what failed while the animation was made
    vectors: Mapping[str, bytes] = field(default_factory=dict)  # of the picture, by guide
    stopped: bool = False  # before its last step, as it no longer gained


WriteResult = Callable[[], FinishedPainting | None]


def models_of(request: DrawRequest) -> tuple[str, ...]:
    """Return the models of a complete request: VQGAN and guides."""
    return tuple(name for name in (request.vqgan, request.clip, request.ruclip) if name)


def speed_key_of(request: DrawRequest, width: int, height: int) -> str:
    """Return what a speed is recorded for: models and size, and small steps, which are quicker."""
    guides = request.guide or f"{request.clip}+{request.ruclip}"
    small = f" coarse {request.coarse:g}" if request.coarse else ""
    return f"{request.vqgan}+{guides} {width}x{height}{small}"


def decoded(data: bytes) -> Pixels:
    """Return the picture [height, width, 3] of a PNG."""
    with Image.open(BytesIO(data), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))
