"""A VQGAN as small as one can be, and every way in which its checkpoint may be written."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from engine.checkpoints_shape import VqganShape
from engine.vqgan import VQGAN

TINY = VqganShape(
    ch=32, ch_mult=(1, 1), num_res_blocks=1, attn_resolutions=(8,), resolution=16,
    z_channels=8, embed_dim=8, n_embed=16,
)  # fmt: skip

GUMBEL = replace(TINY, quantiser="gumbel")

State = dict[str, Tensor]


def state_of(shape: VqganShape) -> State:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return VQGAN(shape).state_dict()


def same(found: State, expected: State) -> bool:
    return found.keys() == expected.keys() and all(
        torch.equal(found[key], value) and found[key].dtype == value.dtype
        for key, value in expected.items()
    )


WRITERS: dict[str, Callable[[object, Path], None]] = {
    "zip": torch.save,
    "old": lambda value, path: torch.save(value, path, _use_new_zipfile_serialization=False),
    **{
        f"pickle{protocol}": lambda value, path, protocol=protocol: path.write_bytes(  # type: ignore[misc]
            pickle.dumps(value, protocol=protocol)
        )
        for protocol in range(6)
    },
}
