"""How fast a stage learns as it goes on."""

from dataclasses import dataclass

from torch.optim import Optimizer


@dataclass(frozen=True)
class LearningRateSchedule:
    """Up to `full`, level, and down to nothing: a stage that is given more steps goes on level."""

    full: float
    warm_up: int  # steps
    calm_down: float  # share of the steps

    def at(self, step: int, steps: int) -> float:
        down = (steps - step + 1) / (self.calm_down * steps)
        return self.full * min(1.0, step / self.warm_up, down)

    def tell(self, optimizer: Optimizer, step: int, steps: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = self.at(step, steps)
