"""VQGAN+CLIP (Crowson 2021): a latent is optimised until the guides see the phrases in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from engine.images.inputs import Pictures, no_images
from engine.images.tiles import tiled
from engine.models import LoadedModels
from engine.painting import states
from engine.painting.batch.batch import Batch
from engine.painting.ending.held_out import HeldOut, distance
from engine.painting.painting import Painting
from engine.painting.plan import Plan, plan_for
from engine.painting.resize import size_from_init
from engine.painting.start.drafting import is_draft
from engine.painting.step import Step
from store.request.request import DrawRequest


def paint(
    request: DrawRequest,
    models: LoadedModels,
    resume: Mapping[str, Tensor] | None = None,
    pictures: Pictures = no_images,
    plan: Plan | None = None,
    *,
    enough: Callable[[], bool] = lambda: False,
    batch: Batch | None = None,
) -> Iterator[Step]:
    """Yield total + 1 steps, or with `resume` those from the step of that state on.

    Several pictures of one request grow side by side: each step is one of every picture.

    request: must have a seed; on the CPU, with the same number of threads, a seed determines every
        byte.
    resume: the state of an earlier step.
    pictures: opens the images that the request names; the same ones when it is resumed.
    plan: the one of the models, unless memory is short (`memory_budget.fit_to_memory`).
    enough: is asked after each step; once it is true, the next one is the last.
    batch: of the paintings in other threads with which its steps are computed; they differ from
        those of the painting alone by their rounding.

    Raises ValueError for a request without a seed.
    """
    if request.seed is None:
        raise ValueError("a request without a seed cannot be painted again")
    batch = batch or Batch()
    with batch.turn:
        request = size_from_init(request, plan_for(request, models), pictures)
        plan = plan or plan_for(request, models)
        paintings = [Painting(one, models, pictures, plan, batch.compute) for one in request.kept]
    if request.enough is None:
        yield from _grown(paintings, resume, batch, enough)
        return

    def score(pictures: Sequence[Tensor]) -> float:
        with batch.turn:
            return distance(paintings[0].scenes[-1], plan, paintings[0].device, pictures)

    held_out = HeldOut(plan, score, resume)
    steps = _grown(paintings, resume, batch, lambda: enough() or held_out.is_enough())
    yield from held_out.watched(steps)


def _grown(
    paintings: Sequence[Painting],
    resume: Mapping[str, Tensor] | None,
    batch: Batch,
    enough: Callable[[], bool],
) -> Iterator[Step]:
    """Yield the steps of paintings that grow side by side, as `paint` does."""
    plan, number = paintings[0].plan, 0
    if resume and not is_draft(resume):
        for painting, state in zip(paintings, states.split(resume), strict=True):
            number = painting.restore(state)
    else:
        yield from batch.in_turn(_start(paintings, resume))
    with batch.member():
        while True:
            last = number == plan.total or (number > 0 and enough())
            steps = [painting.step(number, last=last) for painting in paintings]
            step = steps[0] if len(steps) == 1 else _together(steps)
            if last:
                break
            yield step
            number += 1
            with batch.turn:
                for painting in paintings:
                    painting.advance(number)
    yield step  # the others do not wait any more


def draft_together(
    requests: Sequence[DrawRequest],
    models: LoadedModels,
    resume: Mapping[str, Tensor] | None = None,
    pictures: Pictures = no_images,
) -> Iterator[Step]:
    """Draw the one draft of each of several requests, which differ by their seeds alone, at once.

    The weights are read once for all. Yields a Step that shows all now and then, and one for the
    complete drafts, whose state `engine.painting.start.drafting.states_of` divides into those from
    which `paint` goes on to each picture.

    resume: the state of such a Step.
    """
    first = requests[0]
    plan = replace(plan_for(first, models), drafts=len(requests))
    painting = Painting(first, models, pictures, plan)
    yield from painting.draft(
        len(requests), resume, tuple(request.seed or 0 for request in requests)
    )
    if painting.drafted is not None:
        yield painting.draft_step(painting.drafted, len(requests))


def _start(paintings: Sequence[Painting], resume: Mapping[str, Tensor] | None) -> Iterator[Step]:
    """Give each painting its first latent; yield a Step now and then while drafts are drawn."""
    first = paintings[0]
    yield from first.draft(len(paintings), resume)
    best = first.latents(paintings[-1].rank + 1)
    for painting in paintings:
        painting.start(best[painting.rank] if best else None)


def _together(steps: Sequence[Step]) -> Step:
    """Return one step of several pictures, which its image shows side by side."""
    first = steps[0]
    return Step(
        first.number,
        first.total,
        _MeanLoss(steps),
        lambda: tiled([step.image for step in steps]),
        lambda: states.join([step.state() for step in steps]),
        lambda: tiled([step.frame() for step in steps]),
        several=tuple(steps),
        last=first.last,
        batch=first.batch,
    )


@dataclass(frozen=True)
class _MeanLoss:
    """The mean loss of several steps, read when it is asked for."""

    steps: Sequence[Step]

    def __float__(self) -> float:
        return sum(step.loss for step in self.steps) / len(self.steps)
