"""Learning-rate schedule of the training stages."""

from dataclasses import dataclass

from torch.optim import Optimizer


@dataclass(frozen=True)
class LearningRateSchedule:
    """Linear warm-up to `peak`, constant, then linear decay to zero.

    A longer run lengthens the constant part only in proportion, so it continues at the peak rate.
    """

    peak: float
    warm_up: int  # steps
    cool_down: float  # share of the steps

    def at(self, step: int, steps: int) -> float:
        """Return the learning rate of `step` (1 … `steps`)."""
        down = (steps - step + 1) / (self.cool_down * steps)
        return self.peak * min(1.0, step / self.warm_up, down)

    def apply(self, optimizer: Optimizer, step: int, steps: int) -> None:
        """Set the learning rate of every parameter group for `step`."""
        for group in optimizer.param_groups:
            group["lr"] = self.at(step, steps)
