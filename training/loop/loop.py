"""How the last stages of the guide go on, step by step; what they learn they say themselves."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.optim import Optimizer

from engine.pocket.scorer import SIDE
from training.data.scenes import SceneRenderer, seeded
from training.loop.checkpoint import TrainingCheckpoint
from training.loop.schedule import LearningRateSchedule
from training.scorer import Scorer, retrieval, spoken

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingLoop:
    """Who learns, how fast, where it is kept, and the art that it is measured on."""

    scorer: Scorer
    optimizer: Optimizer
    rates: LearningRateSchedule
    checkpoint: TrainingCheckpoint
    styles: tuple[Tensor, Tensor]

    def run(self, lesson: Callable[[int], Tensor], start: int, steps: int) -> None:
        """Learns from the loss of each step after `start`; logs, saves and measures on the way."""
        for step in range(start + 1, steps + 1):
            self.rates.tell(self.optimizer, step, steps)
            loss = lesson(step)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if step % 50 == 0:
                log.info("%d loss %.3f", step, loss.item())
            if step % 250 == 0 or step == steps:
                self.checkpoint.save(step)
                found = retrieval(self.scorer, SceneRenderer(*self.styles, SIDE, seeded(7)[0]))
                log.info("%d %s", step, spoken(found))
