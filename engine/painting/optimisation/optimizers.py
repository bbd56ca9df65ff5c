"""The optimisers that a latent can be optimised with: an own Adam, and torch's others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from engine.painting.optimisation.adam import Adam


class Optimizer(Protocol):
    """An optimiser of one latent, which it changes in place."""

    def step(self, gradient: Tensor, rate: float) -> None:
        """Move the latent by one step at this learning rate."""

    def moments(self) -> dict[str, Tensor]:
        """Return a copy of all that it remembers, as torch names it."""

    def restore(self, moments: Mapping[str, Tensor]) -> None:
        """Restore what `moments` returned."""


class TorchOptimizer:
    """An optimiser of torch's, by the name of its class."""

    def __init__(self, name: str, latent: Tensor, **options: object) -> None:
        self._latent = latent
        self._optimizer: torch.optim.Optimizer = getattr(torch.optim, name)([latent], **options)

    def step(self, gradient: Tensor, rate: float) -> None:
        """Move the latent by one step at this learning rate."""
        self._latent.grad = gradient
        self._optimizer.param_groups[0]["lr"] = rate
        self._optimizer.step()

    def moments(self) -> dict[str, Tensor]:
        """Return a copy of all that it remembers."""
        state = self._optimizer.state.get(self._latent, {})
        return {key: v.cpu().clone() for key, v in state.items() if isinstance(v, Tensor)}

    def restore(self, moments: Mapping[str, Tensor]) -> None:
        """Restore what `moments` returned."""
        restored = self._optimizer.state_dict()
        restored["state"] = {0: dict(moments)}
        self._optimizer.load_state_dict(restored)


@dataclass(frozen=True)
class OptimizerSpec:
    """An optimiser and its learning rate relative to Adam's, which the models' defaults are for.

    The scales are chosen so that a short painting with the pocket models changes about as much.
    """

    make: Callable[[Tensor], Optimizer]
    lr_scale: float = 1.0


OPTIMIZERS = {
    "adam": OptimizerSpec(Adam),
    "adamw": OptimizerSpec(partial(Adam, decay=0.01)),
    "adamax": OptimizerSpec(partial(TorchOptimizer, "Adamax")),
    "nadam": OptimizerSpec(partial(TorchOptimizer, "NAdam")),
    # With the default betas its warm-up would take longer than a painting.
    "radam": OptimizerSpec(partial(TorchOptimizer, "RAdam", betas=(0.9, 0.95)), lr_scale=5.0),
    "adagrad": OptimizerSpec(partial(TorchOptimizer, "Adagrad"), lr_scale=4.0),
    "rmsprop": OptimizerSpec(partial(TorchOptimizer, "RMSprop"), lr_scale=0.5),
    # The others normalise the gradient, whose elements are some thousandths; this one does not.
    "sgd": OptimizerSpec(partial(TorchOptimizer, "SGD", momentum=0.9), lr_scale=300.0),
}


def moments(optimizer: Optimizer, name: str) -> dict[str, Tensor]:
    """Return the optimiser's state, each key prefixed with the optimiser's `name`."""
    return {f"{name}.{key}": value for key, value in optimizer.moments().items()}


def restore_moments(optimizer: Optimizer, state: Mapping[str, Tensor], name: str) -> None:
    """Restore what `moments` returned; the state of an optimiser of another name is ignored."""
    own = {k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")}
    if own:
        optimizer.restore(own)
