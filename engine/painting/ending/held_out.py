"""End a painting where views that no step has seen show that it no longer gains."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from engine.painting.conditioning import SceneTargets
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.painting.plan import Plan
from engine.painting.step import Step

VIEWS = 16  # of each picture and guide, the same ones each time
SCORES = 50  # in the course of a scene, at most
SMOOTHED = 3  # scores of which the mean counts
PATIENCE = 6  # scores without a gain
LEAST_GAIN = 0.01  # of all that was gained before
SEED = 0  # of the views
KEY = "held-out"  # of the scores in a saved state: their steps and distances, [2, n]

Distance = Callable[[Sequence[Tensor]], float]  # of pictures [3, h, w] each


class HeldOut:
    """The distances of a painting's last scene at its full size, and whether they still fall.

    They are computed a step late, so that a GPU goes on meanwhile.
    """

    def __init__(
        self, plan: Plan, distance: Distance, resume: "Mapping[str, Tensor] | None" = None
    ) -> None:
        """Begin with what is found in the state of a step, if it is to be resumed."""
        self._distance = distance
        self._first, self._every = (plan.scenes - 1) * plan.steps, max(1, plan.steps // SCORES)
        full = plan.stage_size(plan.total)
        numbers = range(self._first, plan.total + 1, self._every)
        self._due = {number for number in numbers if plan.stage_size(number) == full}
        self._next = 0 if resume is None else int(resume["number"])
        known = resume[KEY].T.tolist() if resume is not None and KEY in resume else []
        self._found: dict[int, float] = {int(number): distance for number, distance in known}

    def is_enough(self) -> bool:
        """Return whether the next step may be the last one."""
        # Those that are also known where the painting is resumed here.
        found = [value for step, value in sorted(self._found.items()) if step < self._next - 1]
        if len(found) < SMOOTHED + PATIENCE:
            return False
        ends = range(SMOOTHED, len(found) + 1)
        smooth = [sum(found[end - SMOOTHED : end]) / SMOOTHED for end in ends]
        before, newest = min(smooth[:-PATIENCE]), min(smooth[-PATIENCE:])
        return before - newest <= LEAST_GAIN * max(found[0] - newest, 0.0)

    def watched(self, steps: Iterator[Step]) -> Iterator[Step]:
        """Yield the steps; their states hold what was found before them."""
        last: Step | None = None
        for step in steps:
            if last is not None and last.number in self._due - self._found.keys():
                self._found[last.number] = self._distance(last.pictures)
            if step.drafting:
                yield step
                continue
            last, self._next = step, step.number + 1
            yield replace(step, state=partial(self._with_found, step, dict(self._found)))

    def _with_found(self, step: Step, found: Mapping[int, float]) -> dict[str, Tensor]:
        columns = [[float(number) for number in found], [*found.values()]]
        return {**step.state(), KEY: torch.tensor(columns, dtype=torch.float64)}


@torch.no_grad()
def distance(
    scene: SceneTargets, plan: Plan, device: torch.device, pictures: Sequence[Tensor]
) -> float:
    """Return the mean distance of pictures [3, h, w] to a scene, of views that are no step's."""
    total = 0.0
    for picture in pictures:
        seen = picture.unsqueeze(0).to(device)
        for guide, target, params in scene.seen_by(plan.cutout_params):
            plain = replace(params, colour=0.0, noise=0.0)
            size = (picture.shape[1], picture.shape[2])
            generator = torch.Generator().manual_seed(SEED)
            views = sample_cutouts(plain, VIEWS, size, guide.side, generator).to(device)
            for chunk in views.chunks(plan.chunk):
                total += float(target(guide.encode_image(apply_cutouts(seen, chunk))).sum())
    return total / (VIEWS * scene.weight * len(pictures))
