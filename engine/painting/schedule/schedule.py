"""The sizes, cutouts and learning rates of a painting, by how much of it is done."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.defaults import Stage
from store.request.schedule import COARSE_SCALE, work


@dataclass(frozen=True)
class Schedule:
    """What changes within each scene.

    coarse: the share of the first scene's steps at half the sides, after which the latent itself is
    enlarged; None: the stages are those of the model, and the picture is encoded anew at each.
    first_cutouts: those of the first step, from which they change evenly; None: always the same.
    final_rate: of the learning rate, that the last step has; it falls like a cosine.
    """

    coarse: float | None = None
    first_cutouts: int | None = None
    final_rate: float = 1.0

    def stages(self, usual: Sequence[Stage]) -> tuple[Stage, ...]:
        """Return the stages of the first scene, in place of the model's usual ones."""
        if self.coarse is None:
            return tuple(usual)
        small = Stage(COARSE_SCALE, self.coarse, _divisor(usual, COARSE_SCALE))
        whole = Stage(1.0, 1.0 - self.coarse, _divisor(usual, 1.0))
        return (small, whole) if self.coarse else (whole,)

    def cutouts_at(self, done: float, cutouts: int) -> int:
        """Return the cutouts of a step when this share of its scene, 0..1, is done."""
        if self.first_cutouts is None:
            return cutouts
        return round(self.first_cutouts + (cutouts - self.first_cutouts) * done)

    def rate_at(self, done: float) -> float:
        """Return the learning rate of a step as a share of the first one's (Loshchilov 2016)."""
        return self.final_rate + (1 - self.final_rate) * (1 + math.cos(math.pi * done)) / 2

    def work_until(self, done: float) -> float:
        """Return the work of the first share of all steps, of all the work, both 0..1."""
        coarse = self.coarse or 0.0
        if done <= coarse:
            return done * work(1.0) / work(coarse)
        return 1.0 - (1.0 - done) / work(coarse)


PLAIN = Schedule()  # all steps alike, but for the stages of the model


def _divisor(usual: Sequence[Stage], scale: float) -> float:
    """Return the divisor of the learning rate that the model has for pictures of such a scale."""
    fitting = [stage for stage in usual if stage.scale >= scale]
    return min(fitting, key=lambda stage: stage.scale).lr_divisor if fitting else 1.0
