"""Compare small VQGANs of both kinds, and one inside a transformer, with taming's."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.networks.vqgan_config import VqganShape
from tests.conformance.conftest import COMPARED
from tests.conformance.test_vqgan import RecordingSession, compare, configured, in_transformer

pytestmark = pytest.mark.conformance

PLAIN = VqganShape(
    ch=32, ch_mult=(1, 1, 2), num_res_blocks=1, attn_resolutions=(16,), resolution=64,
    z_channels=64, embed_dim=64, n_embed=512,
)  # fmt: skip
CASES = {
    "plain": ("0.0.6", PLAIN, configured(PLAIN)),
    "plain, the first taming": ("0.0.1", PLAIN, configured(PLAIN)),
    "gumbel": ("0.0.6", replace(PLAIN, quantiser="gumbel"), None),
    "in a transformer": ("0.0.6", PLAIN, in_transformer(PLAIN)),
}


@pytest.mark.parametrize("name", CASES)
def test_every_number_of_the_original(
    tmp_path: Path, record_property: RecordingSession, name: str
) -> None:
    taming, shape, model = CASES[name]
    compared, _ = compare(tmp_path, taming, shape, model or configured(shape))
    record_property(COMPARED, compared)
