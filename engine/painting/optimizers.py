"""The optimisers that a picture can be painted with, all of them torch's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.optim import Optimizer


@dataclass(frozen=True)
class OptimizerSpec:
    """`pace`: its learning rate over Adam's, for which the models' own are meant, so that a short
    painting with the pocket models goes about as far.
    """

    make: Callable[[list[Tensor]], Optimizer]
    pace: float = 1.0


OPTIMIZERS = {
    "adam": OptimizerSpec(torch.optim.Adam),
    "adamw": OptimizerSpec(torch.optim.AdamW),
    "adamax": OptimizerSpec(torch.optim.Adamax),
    "nadam": OptimizerSpec(torch.optim.NAdam),
    # With the usual memory of a thousand steps it would warm up for longer than a painting takes.
    "radam": OptimizerSpec(partial(torch.optim.RAdam, betas=(0.9, 0.95)), pace=5.0),
    "adagrad": OptimizerSpec(torch.optim.Adagrad, pace=4.0),
    "rmsprop": OptimizerSpec(torch.optim.RMSprop, pace=0.5),
    # The others go by the gradient's direction, this one by its size, which is some thousandths.
    "sgd": OptimizerSpec(partial(torch.optim.SGD, momentum=0.9), pace=300.0),
}


def moments(optimizer: Optimizer, latent: Tensor, name: str) -> dict[str, Tensor]:
    """What the optimiser remembers of the latent, under names that begin with its own."""
    known = optimizer.state.get(latent, {})
    return {f"{name}.{k}": v.cpu().clone() for k, v in known.items() if isinstance(v, Tensor)}


def restore_moments(optimizer: Optimizer, state: Mapping[str, Tensor], name: str) -> None:
    """Gives back what `moments` took; what another optimiser knew is of no use to this one."""
    mine = {k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")}
    if mine:
        saved = optimizer.state_dict()
        saved["state"] = {0: mine}
        optimizer.load_state_dict(saved)
