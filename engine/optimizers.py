"""The optimisers that a picture can be painted with, all of them torch's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.optim import Optimizer


@dataclass(frozen=True)
class Choice:
    """`pace`: its usual learning rate over that of Adam, for which the models' own are meant."""

    make: Callable[[list[Tensor]], Optimizer]
    pace: float = 1.0


OPTIMIZERS = {
    "adam": Choice(torch.optim.Adam),
    "adamw": Choice(torch.optim.AdamW),
    "adamax": Choice(torch.optim.Adamax),
    "nadam": Choice(torch.optim.NAdam),
    "radam": Choice(torch.optim.RAdam),
    "adagrad": Choice(torch.optim.Adagrad),
    "rmsprop": Choice(torch.optim.RMSprop),
    "sgd": Choice(partial(torch.optim.SGD, lr=1.0, momentum=0.9)),
}


def moments(optimizer: Optimizer, latent: Tensor, name: str) -> dict[str, Tensor]:
    """What the optimiser remembers of the latent, under names that begin with its own."""
    known = optimizer.state.get(latent, {})
    return {f"{name}.{k}": v.cpu().clone() for k, v in known.items() if isinstance(v, Tensor)}


def remember(optimizer: Optimizer, state: Mapping[str, Tensor], name: str) -> None:
    """Gives back what `moments` took; what another optimiser knew is of no use to this one."""
    mine = {k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")}
    if mine:
        saved = optimizer.state_dict()
        saved["state"] = {0: mine}
        optimizer.load_state_dict(saved)
