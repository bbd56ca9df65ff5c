"""What drafters say that they take is what keys and values take, and weights in half precision."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.drafters.dalle_mini import DalleMiniDrafter
from engine.drafters.drafter import Drafter, DraftRequest
from engine.drafters.networks.cache import KeyValueCache
from engine.drafters.precision import placed
from engine.drafters.rudalle import RuDalleDrafter, RuDalleSettings
from engine.drafters.second_stage.drafter import SecondStageDrafter
from engine.drafters.subwords import SubwordTokenizer
from engine.guides.ruclip_tokenizer import YttmTokenizer
from engine.kernels.packed_linear import packs
from tests.engine.drafters import small_models

CPU = torch.device("cpu")
LOGITS = 32  # bytes for each logit of a draft, beside keys and values
COUNT = 5


def ruclip_words(folder: Path) -> YttmTokenizer:
    (folder / "bpe.model").write_text("2 0\n9601 4\n1082 5\n1 0 2 3")
    return YttmTokenizer(folder / "bpe.model")


def rudolph(folder: Path) -> Drafter:
    """Return one whose second text, which drafts do not need, is as long as the first."""
    settings = RuDalleSettings(heads=4, special=30)
    return RuDalleDrafter("r", small_models.rudalle(right=8), ruclip_words(folder), settings)


def rudalle(folder: Path) -> Drafter:
    settings = RuDalleSettings(heads=4, version=2)
    return RuDalleDrafter("m", small_models.rudalle(leading=True), ruclip_words(folder), settings)


def second_stage(folder: Path) -> Drafter:
    return SecondStageDrafter("f", "", small_models.gpt(16), "coordinates")


def dalle_mini(folder: Path) -> Drafter:
    ids = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    return DalleMiniDrafter("d", *small_models.bart(), SubwordTokenizer(ids, ()))


@pytest.mark.parametrize(
    ("drafter_of", "tall"),
    [
        (rudolph, False),
        (rudalle, False),
        (rudalle, True),
        (second_stage, False),
        (dalle_mini, False),
        (dalle_mini, True),
    ],
)
def test_the_prediction_is_what_the_keys_and_values_take(
    drafter_of: Callable[[Path], Drafter], tall: bool, tmp_path: Path
) -> None:
    drafter = drafter_of(tmp_path)
    height = drafter.side + 2 if tall else drafter.side
    request = DraftRequest(
        "кот" if drafter.name in "rm" else "cat", (height, drafter.side), COUNT, 1
    )
    drawing = drafter.draft(request)
    next(drawing)
    held = [one for one in gc.get_objects() if type(one) is KeyValueCache]
    taken = sum(one.keys.nbytes + one.values.nbytes for one in held)
    predicted = drafter.memory(request) - COUNT * LOGITS * drafter.codes
    assert taken <= predicted <= 1.25 * taken  # and the text, which one of them has


@pytest.mark.skipif(not packs(CPU), reason="this processor's linear maps are not packed")
def test_packed_weights_take_half_precision_and_look_up_float32() -> None:
    network = small_models.rudalle()
    size = sum(value.numel() for value in network.parameters())
    linear = sum(one.weight.numel() for one in network.modules() if isinstance(one, nn.Linear))
    expected = network.image_embeddings.weight.half()[3].float()
    model = placed(network.half(), CPU)
    tables = [one for one in model.modules() if isinstance(one, nn.Embedding)]
    assert {one.weight.dtype for one in tables} == {torch.float16}
    assert torch.equal(model.image_embeddings(torch.tensor([3]))[0], expected)
    plain = sum(value.nbytes for value in model.parameters())
    assert 2 * linear + plain < 1.1 * 2 * size
