"""One painting from a request to its last picture, as a stream of events."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from statistics import fmean
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.images.inputs import InputImages
from engine.images.output import pixels
from engine.images.tiles import numbered
from engine.pipeline import Pipeline
from engine.result import metadata_of, stopped_early
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from engine.images.animation import Pixels
    from engine.models import LoadedModels
    from engine.painting.plan import Plan
    from engine.painting.step import Step
    from store.model import Notice

    Resume = Callable[["Prepared"], Mapping[str, Tensor] | None]


@dataclass(frozen=True)
class Prepared:
    """The models are loaded and the request is planned; nothing is painted yet."""

    request: DrawRequest  # with a size
    plan: "Plan"
    models: "LoadedModels"


@dataclass(frozen=True)
class Painted:
    """One more step; the first of a resumed painting is the one that it had reached."""

    step: "Step"
    is_frame: bool  # of the animation


@dataclass(frozen=True)
class Part:
    """One of several pictures, with the metadata by which it is painted alone."""

    picture: "Pixels"
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """The last step is painted; nothing is written yet."""

    step: "Step"
    picture: "Pixels"  # [height, width, 3]; of several pictures, their sheet with numbers
    metadata: dict[str, Any]
    parts: tuple["Part", ...]  # the pictures of which `picture` is the sheet; else none
    notices: tuple["Notice", ...]
    seconds: float  # of all steps of this run, with the start of the painting
    seconds_per_step: float  # without it
    batch: float  # paintings, on average, whose steps were computed at once
    stopped: bool = False  # before its last step, as it no longer gained


Event = Prepared | Painted | Finished


def run(
    request: DrawRequest,
    pipeline: Pipeline,
    images: InputImages,
    resume: "Resume" = lambda prepared: None,
    enough: Callable[[], bool] = lambda: False,
) -> Generator[Event]:
    """Paint a complete request (`engine.pipeline.with_defaults`): Prepared, Painted …, Finished.

    resume: returns the state to go on from, or None to start; it may refuse by an error. A
        consumer that stops iterating ends the painting within a step.
    enough: is asked after each step; once it is true, the picture is finished as it is.

    Raises EngineError for models or images that are missing, and where memory is short.
    """
    from engine.painting.resize import size_from_init  # late, as it imports torch

    models = pipeline.load(request)
    request = size_from_init(request, pipeline.plan(request, models), images)
    plan = pipeline.plan(request, models)
    prepared = Prepared(request, plan, models)
    yield prepared
    frames = frozenset(plan.film.steps)
    enlarging = pipeline.enlarging(request, plan)  # it may refuse: better before painting
    started = monotonic()
    first: tuple[int, float] | None = None  # number and time of the first step
    batches: list[int] = []  # of each step
    for step in pipeline.paint(request, models, resume(prepared), images, enough):
        if not step.drafting:
            first = first or (step.number, monotonic())
            batches.append(step.batch)
        is_frame = step.number in frames or step.last
        yield Painted(step, is_frame=is_frame and not step.drafting)
    if first is None:
        raise RuntimeError("the painter returned no step")
    sheet = pixels(step.image)  # a GPU has computed all of it now
    ended = monotonic()
    number, begun = first
    pictures = []
    for painted in step.pictures:
        pictures.append(painted)
        for larger in enlarging.grow(painted) if enlarging else ():
            pictures[-1] = larger
            yield Painted(step, is_frame=False)  # here the consumer may stop
    stopped = request.enough is not None and step.number < plan.total and not enough()
    # One that stops by itself does so again, of as many steps.
    made = plan if stopped else _made(plan, step.number)
    hashes, loss = pipeline.hashes(request), step.loss
    ending: dict[str, Any] = {"precision": pipeline.precision(models)}
    notices = [*pipeline.notices(request, models)]
    if stopped:
        ending["stopped"] = step.number
        notices.append(stopped_early(step.number, plan.total))

    def told(one: DrawRequest) -> dict[str, Any]:
        return metadata_of(one, made, loss, hashes, images) | ending

    if step.parts:
        sheet = numbered(sheet, len(step.parts), plan.height, plan.width)
    yield Finished(
        step,
        sheet if step.parts else pixels(pictures[0]),
        told(request),
        tuple(
            Part(pixels(part), told(alone))
            for alone, part in zip(request.kept, pictures, strict=True)
            if step.parts
        ),
        tuple(notices),
        seconds=ended - started,
        seconds_per_step=(ended - begun) / max(1, step.number - number),
        batch=fmean(batches),
        stopped=stopped,
    )


def _made(plan: "Plan", steps: int) -> "Plan":
    """Return the plan with the steps that were made, of each scene."""
    return plan if steps >= plan.total else replace(plan, steps=max(1, -(-steps // plan.scenes)))
