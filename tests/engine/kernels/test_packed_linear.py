"""Packed linear maps."""

import pytest
import torch
from torch import nn

from engine.kernels.packed_linear import pack_linears, packs

pytestmark = pytest.mark.skipif(not packs(torch.device("cpu")), reason="needs an x86 processor")


class _Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.plain = nn.Linear(50, 33, bias=False)
        self.inner = nn.Sequential(nn.LayerNorm(33), nn.Linear(33, 70))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x [n, 50] to [n, 70]."""
        return self.inner(self.plain(x))  # type: ignore[no-any-return]


def test_a_packed_network_maps_as_its_half_precision_weights_do() -> None:
    torch.manual_seed(1)
    network, x = _Two().half(), torch.randn(9, 50)
    expected = network.float()(x)
    network.half()
    pack_linears(network)
    with torch.no_grad():
        assert (network.float()(x) - expected).abs().max() < 1e-5


def test_rows_do_not_depend_on_those_beside_them() -> None:
    torch.manual_seed(1)
    network, x = _Two(), torch.randn(40, 50)
    pack_linears(network)
    whole = network(x)
    for count in (1, 2, 5, 16):
        assert torch.equal(network(x[:count]), whole[:count])
