"""Compare DALL·E mini with the real min-dalle: encoder, cached decoder, guidance, tokenizer."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.drafters import dalle_mini
from engine.drafters.networks.bart import Decoder, Encoder
from engine.drafters.subwords import BEGIN, END, SubwordTokenizer, read_merges, read_vocabulary
from tests.conformance.conftest import COMPARED
from tests.conformance.environments import run_original

pytestmark = pytest.mark.conformance
SCRIPT = Path(__file__).with_name("min_dalle_original.py")
HEADS, READ = 4, 6
Recorder = Callable[[str, object], None]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the originals once for all comparisons."""
    return run_original(SCRIPT, tmp_path_factory.mktemp("dalle"))


@pytest.fixture(scope="module")
def loaded(originals: Path) -> tuple[dict[str, Tensor], Encoder, Decoder]:
    """Load the originals' weights and numbers."""
    numbers = load_file(originals / "dalle.safetensors")
    first, second = (
        {key[2:]: numbers.pop(key) for key in list(numbers) if key.startswith(prefix)}
        for prefix in ("e.", "d.")
    )
    encoder, decoder = dalle_mini.load(first, second, HEADS, torch.float32)
    return numbers, encoder, decoder


@torch.no_grad()
def test_the_encoder_is_equal(
    loaded: tuple[dict[str, Tensor], Encoder, Decoder], record_property: Recorder
) -> None:
    numbers, encoder, _ = loaded
    words, theirs = numbers["words"], numbers["encoded"]
    ours = encoder(words)
    read = words != 1  # vectors of padding are never looked at
    assert (ours - theirs)[read].abs().max() < 1e-5
    record_property(COMPARED, int(read.sum()) * ours.shape[2])


@torch.no_grad()
def test_the_guided_logits_of_codes_read_one_by_one_are_equal(
    loaded: tuple[dict[str, Tensor], Encoder, Decoder], record_property: Recorder
) -> None:
    numbers, encoder, decoder = loaded
    codes = numbers["codes"]
    guidance = 3.0
    reader = dalle_mini.GuidedReader(encoder, decoder, numbers["words"], len(codes), guidance)
    compared = 0
    for place in range(READ):
        logits = reader.read(codes[:, [place]]) if place else reader.restart()
        empty, told = numbers[f"logits.{place}"][:, : dalle_mini.CODES].chunk(2)
        expected = empty * (1 - guidance) + told * guidance
        assert (logits - expected).abs().max() < 2e-5 * expected.abs().max()
        compared += logits.numel()
    record_property(COMPARED, compared)


@torch.no_grad()
def test_codes_read_at_once_give_the_same_logits(
    loaded: tuple[dict[str, Tensor], Encoder, Decoder],
) -> None:
    numbers, encoder, decoder = loaded
    codes = numbers["codes"]
    reader = dalle_mini.GuidedReader(encoder, decoder, numbers["words"], len(codes), 1.0)
    reader.restart()
    told = numbers[f"logits.{READ - 1}"][:, : dalle_mini.CODES].chunk(2)[1]
    assert (reader.read(codes[:, 1:]) - told).abs().max() < 1e-5


def test_the_tokenizer_gives_the_same_ids(originals: Path, record_property: Recorder) -> None:
    vocabulary, merges = read_vocabulary(originals / "vocab.json"), originals / "merges.txt"
    tokenizer = SubwordTokenizer(vocabulary, read_merges(merges))
    texts = json.loads((originals / "texts.json").read_text())
    expected = json.loads((originals / "ids.json").read_text())
    ids = [[tokenizer.ids[BEGIN], *tokenizer.words(t), tokenizer.ids[END]] for t in texts]
    assert ids == expected
    record_property(COMPARED, len(texts))
