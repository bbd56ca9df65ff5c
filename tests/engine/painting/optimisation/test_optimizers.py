"""The own Adam takes torch's steps to the last bit; all optimisers go on from their moments."""

import subprocess
import sys

import pytest
import torch

from engine.painting.optimisation.adam import Adam
from engine.painting.optimisation.optimizers import OPTIMIZERS, moments, restore_moments

GRADIENTS = torch.randn(6, 1, 4, 5, 5, generator=torch.Generator().manual_seed(1)) / 100
RATES = (0.1, 0.1, 0.05, 0.2, 0.2, 0.01)


def start() -> torch.Tensor:
    return torch.randn(1, 4, 5, 5, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize(("torchs", "decay"), [(torch.optim.Adam, 0.0), (torch.optim.AdamW, 0.01)])
def test_steps_are_torchs(torchs: type[torch.optim.Adam], decay: float) -> None:
    mine, theirs = start(), start()
    own, other = Adam(mine, decay), torchs([theirs])
    for gradient, rate in zip(GRADIENTS, RATES, strict=True):
        own.step(gradient, rate)
        theirs.grad = gradient.clone()
        other.param_groups[0]["lr"] = rate
        other.step()
        assert torch.equal(mine, theirs)
    state = other.state[theirs]
    assert {key: value.tolist() for key, value in own.moments().items()} == {
        key: value.tolist() for key, value in state.items()
    }


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_painting_goes_on_as_if_it_had_never_stopped(name: str) -> None:
    latent = start()
    optimizer = OPTIMIZERS[name].make(latent)
    for gradient in GRADIENTS[:3]:
        optimizer.step(gradient, 0.1)
    resumed = latent.clone()
    other = OPTIMIZERS[name].make(resumed)
    restore_moments(other, moments(optimizer, name), name)
    for gradient in GRADIENTS[3:]:
        optimizer.step(gradient, 0.1)
        other.step(gradient, 0.1)
    assert torch.equal(latent, resumed)
    assert (latent - start()).abs().max() > 0


def test_adam_leaves_the_compiler_alone() -> None:
    code = (
        "import sys, torch\n"
        "from engine.painting.optimisation.adam import Adam\n"
        "latent = torch.zeros(1, 4, 2, 2)\n"
        "Adam(latent).step(torch.ones(1, 4, 2, 2), 0.1)\n"
        "assert 'torch._dynamo' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
