"""Adam (Kingma, Ba 2014, arXiv 1412.6980) for one tensor, with torch's rounding.

torch's own imports its compiler when it is made, which takes longer than a small picture.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

BETAS, EPSILON = (0.9, 0.999), 1e-8


class Adam:
    """The latent's running means; with a decay the optimiser is AdamW (Loshchilov, Hutter 2017)."""

    def __init__(self, latent: Tensor, decay: float = 0.0) -> None:
        self._latent, self._decay = latent, decay
        self._steps = 0
        self._mean: Tensor | None = None
        self._square: Tensor | None = None

    @torch.no_grad()
    def step(self, gradient: Tensor, rate: float) -> None:
        """Move the latent by one step at this learning rate."""
        if self._mean is None or self._square is None:
            self._mean, self._square = torch.zeros_like(gradient), torch.zeros_like(gradient)
        self._steps += 1
        first, second = BETAS
        if self._decay:
            self._latent.mul_(1 - rate * self._decay)
        self._mean.lerp_(gradient, 1 - first)
        self._square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        correction = (1 - second**self._steps) ** 0.5
        divisor = (self._square.sqrt() / correction).add_(EPSILON)
        size = rate / (1 - first**self._steps)
        self._latent.addcdiv_(self._mean, divisor, value=-size)

    def moments(self) -> dict[str, Tensor]:
        """Return copies of the running means and the number of steps, as torch names them."""
        if self._mean is None or self._square is None:
            return {}
        means = {"exp_avg": self._mean, "exp_avg_sq": self._square}
        steps = torch.tensor(float(self._steps))
        return {"step": steps, **{key: mean.cpu().clone() for key, mean in means.items()}}

    def restore(self, moments: Mapping[str, Tensor]) -> None:
        """Restore what `moments` returned, also torch's own."""
        self._steps = int(moments["step"])
        self._mean, self._square = (
            moments[key].to(self._latent.device, copy=True) for key in ("exp_avg", "exp_avg_sq")
        )
