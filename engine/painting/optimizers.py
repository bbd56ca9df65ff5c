"""The optimisers that a latent can be optimised with, all of them torch's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.optim import Optimizer


@dataclass(frozen=True)
class OptimizerSpec:
    """An optimiser and its learning rate relative to Adam's, which the models' defaults are for.

    The scales are chosen so that a short painting with the pocket models changes about as much.
    """

    make: Callable[[list[Tensor]], Optimizer]
    lr_scale: float = 1.0


OPTIMIZERS = {
    "adam": OptimizerSpec(torch.optim.Adam),
    "adamw": OptimizerSpec(torch.optim.AdamW),
    "adamax": OptimizerSpec(torch.optim.Adamax),
    "nadam": OptimizerSpec(torch.optim.NAdam),
    # With the default betas its warm-up would take longer than a painting.
    "radam": OptimizerSpec(partial(torch.optim.RAdam, betas=(0.9, 0.95)), lr_scale=5.0),
    "adagrad": OptimizerSpec(torch.optim.Adagrad, lr_scale=4.0),
    "rmsprop": OptimizerSpec(torch.optim.RMSprop, lr_scale=0.5),
    # The others normalise the gradient, whose elements are some thousandths; this one does not.
    "sgd": OptimizerSpec(partial(torch.optim.SGD, momentum=0.9), lr_scale=300.0),
}


def moments(optimizer: Optimizer, latent: Tensor, name: str) -> dict[str, Tensor]:
    """Return the optimiser's state of the latent, each key prefixed with the optimiser's `name`."""
    state = optimizer.state.get(latent, {})
    return {f"{name}.{k}": v.cpu().clone() for k, v in state.items() if isinstance(v, Tensor)}


def restore_moments(optimizer: Optimizer, state: Mapping[str, Tensor], name: str) -> None:
    """Restore what `moments` returned; the state of an optimiser of another name is ignored."""
    own = {k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")}
    if own:
        restored = optimizer.state_dict()
        restored["state"] = {0: own}
        optimizer.load_state_dict(restored)
