"""Linear maps of the same input as one: fewer products, each of which has to be started.

Checkpoints hold them apart.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def join_maps(
    weights: Mapping[str, Tensor], parts: Sequence[str], whole: str, *, inside: str
) -> dict[str, Tensor]:
    """Return weights with those of the maps `parts` of each module named `inside` as one, `whole`.

    Raises KeyError where only some of the parts are there.
    """
    joined: dict[str, Tensor] = {}
    for key, value in weights.items():
        module, _, kind = key.rpartition(".")
        owner, _, part = module.rpartition(".")
        if part not in parts or owner.rpartition(".")[2] != inside:
            joined[key] = value
            continue
        apart = [weights[f"{owner}.{one}.{kind}"] for one in parts]
        if part == parts[0]:
            joined[f"{owner}.{whole}.{kind}"] = torch.cat(apart)
    return joined
