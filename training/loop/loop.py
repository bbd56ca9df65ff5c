"""The training loop shared by the last stages of the guide."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.optim import Optimizer

from training.loop.checkpoint import TrainingCheckpoint
from training.loop.schedule import LearningRateSchedule

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingLoop:
    """Optimises a loss; logs, saves and measures at regular steps."""

    optimizer: Optimizer
    schedule: LearningRateSchedule
    checkpoint: TrainingCheckpoint
    measure: Callable[[], str]  # evaluates what is being trained, in one line for the log

    def run(self, loss_fn: Callable[[int], Tensor], start: int, steps: int) -> None:
        """Minimise `loss_fn(step)` for the steps `start + 1` … `steps`."""
        for step in range(start + 1, steps + 1):
            self.schedule.apply(self.optimizer, step, steps)
            loss = loss_fn(step)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if step % 50 == 0:
                log.info("%d loss %.3f", step, loss.item())
            if step % 250 == 0 or step == steps:
                self.checkpoint.save(step)
                log.info("%d %s", step, self.measure())
