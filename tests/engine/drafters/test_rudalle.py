"""ruDALL-E reads checkpoints by their tensors, and texts of any length."""

from pathlib import Path

import pytest
import torch

from engine.drafters import rudalle
from engine.drafters.drafter import DraftRequest
from engine.drafters.networks.sandwich import TextCodeModel
from engine.drafters.rudalle import BEGIN, END, RuDalleDrafter, RuDalleSettings
from engine.drafters.sampling import Sampling
from engine.guides.ruclip_tokenizer import YttmTokenizer
from tests.engine.drafters import small_models

KINDS = pytest.mark.parametrize(
    ("network", "settings"),
    [
        (small_models.rudalle(), RuDalleSettings(heads=4)),
        (small_models.rudalle(leading=True), RuDalleSettings(heads=4, version=2)),
        (small_models.rudalle(right=5), RuDalleSettings(heads=4, special=30)),
    ],
    ids=["v3", "v2", "rudolph"],
)


@pytest.fixture
def tokenizer(tmp_path: Path) -> YttmTokenizer:
    """Return a tokenizer of the letters к, о, т."""
    letters = {"\u2581": 4, "к": 5, "о": 6, "т": 7}
    lines = [f"{len(letters)} 0", *(f"{ord(c)} {i}" for c, i in letters.items()), "1 0 2 3"]
    file = tmp_path / "bpe.model"
    file.write_text("\n".join(lines))
    return YttmTokenizer(file)


@KINDS
def test_a_checkpoint_tells_its_shape(network: TextCodeModel, settings: RuDalleSettings) -> None:
    weights = small_models.weights(network)
    weights["transformer.row_mask"] = torch.zeros(2, 2)
    loaded = rudalle.load(weights, settings, torch.float32)
    assert loaded.shape.layers == network.shape.layers
    assert loaded.shape.side == network.shape.side
    assert loaded.shape.right == network.shape.right
    assert loaded.shape.leading == network.shape.leading


@KINDS
def test_a_text_is_padded_by_its_places_and_cut_before_its_end(
    network: TextCodeModel, settings: RuDalleSettings, tokenizer: YttmTokenizer
) -> None:
    drafter = RuDalleDrafter("test", network, tokenizer, settings)
    shape = network.shape
    short, long = drafter.words("Кот"), drafter.words("кот " * 50)
    assert len(short) == len(long) == shape.text + shape.leading
    assert short[-1] == shape.text_vocabulary - 1
    assert long[-1] == END
    assert short[0] == BEGIN
    assert END in short


@KINDS
def test_drafts_of_a_text_differ_and_differ_from_those_of_another(
    network: TextCodeModel, settings: RuDalleSettings, tokenizer: YttmTokenizer
) -> None:
    drafter = RuDalleDrafter("test", network, tokenizer, settings)

    def drafts(text: str) -> torch.Tensor:
        request = DraftRequest(text, (4, 4), count=2, seed=1, sampling=Sampling())
        *_, codes = drafter.draft(request)
        return codes.indices

    cat = drafts("кот")
    assert not torch.equal(cat[0], cat[1])
    assert not torch.equal(cat, drafts("ток"))
    assert torch.equal(cat, drafts("  КОТ "))


def test_half_precision_goes_on_with_the_same_codes(tokenizer: YttmTokenizer) -> None:
    weights = small_models.weights(small_models.rudalle())
    network = rudalle.load(weights, RuDalleSettings(heads=4), torch.bfloat16)
    drafter = RuDalleDrafter("test", network, tokenizer, RuDalleSettings(heads=4))
    request = DraftRequest("кот", (4, 4), count=1, seed=1)
    shown = list(drafter.draft(request))
    for codes in shown[:-1]:
        *_, resumed = drafter.draft(request, codes)
        assert torch.equal(resumed.indices, shown[-1].indices)
