"""Compare ruDALL-E and RUDOLPH with the real packages: masks, logits, greedy codes, filters."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.drafters import rudalle
from engine.drafters.autoregression import draw_codes, reading_orders
from engine.drafters.codes import Codes
from engine.drafters.networks.masks import attention_mask
from engine.drafters.networks.sandwich import TextCodeModel
from engine.drafters.rudalle import RuDalleSettings, TextCodeReader
from engine.drafters.sampling import Sampling, uniform_numbers
from tests.conformance.conftest import COMPARED
from tests.conformance.environments import run_original

pytestmark = pytest.mark.conformance
SCRIPT = Path(__file__).with_name("rudalle_original.py")
CODES, TEXT, SIDE = 40, 12, 12
SETTINGS = {
    "v2": RuDalleSettings(heads=4, version=2, codes=CODES),
    "v3": RuDalleSettings(heads=4, codes=CODES),
    "rudolph": RuDalleSettings(heads=4, special=50, kernels=(7, 9), codes=CODES),
}
NAMES = [f"{kind}-{layers}" for kind in SETTINGS for layers in (4, 8)]
Recorder = Callable[[str, object], None]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the originals once for all comparisons."""
    return run_original(SCRIPT, tmp_path_factory.mktemp("rudalle"))


def _loaded(originals: Path, name: str) -> tuple[dict[str, Tensor], TextCodeModel, list[int]]:
    numbers = load_file(originals / f"{name}.safetensors")
    weights = {key[2:]: numbers.pop(key) for key in list(numbers) if key.startswith("w.")}
    model = rudalle.load(weights, SETTINGS[name.split("-", maxsplit=1)[0]], torch.float32)
    shape = model.shape
    padding = shape.text_vocabulary - shape.text
    words = [word or padding + place for place, word in enumerate(numbers["words"].tolist())]
    return numbers, model, [rudalle.BEGIN, *words] if shape.leading else words


@pytest.mark.parametrize("name", NAMES)
def test_masks_are_equal_cell_by_cell(
    originals: Path, name: str, record_property: Recorder
) -> None:
    numbers, model, _ = _loaded(originals, name)
    shape = model.shape
    compared = 0
    for pattern, kernel in shape.patterns():
        last = shape.inner_convolutions and kernel == shape.last_kernel
        theirs = {"row": "row", "column": "col"}.get(pattern, "last_conv" if last else "conv")
        ours = attention_mask(
            pattern, shape.text, shape.side, right=shape.right, kernel=kernel, wraps=shape.wraps
        )
        assert torch.equal(numbers[f"mask.{theirs}"], ours)
        compared += ours.numel()
    record_property(COMPARED, compared)


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_logits_are_equal_by_one_code_and_by_all_at_once(
    originals: Path, name: str, record_property: Recorder
) -> None:
    numbers, model, words = _loaded(originals, name)
    compared = 0
    for key in [key for key in numbers if key.startswith("logits.")]:
        count = int(key.split(".")[1])
        # In v2 the last code, of which nothing follows, has no position: it is not read.
        codes = numbers["codes"][:, : min(count, SIDE * SIDE - model.shape.leading)]
        for columns in ([codes], codes.split(1, dim=1)):
            reader = TextCodeReader(model, words, 2)
            logits = reader.restart()
            for column in columns:
                if column.numel():
                    logits = reader.read(column)
            assert (logits - numbers[key]).abs().max() < 1e-5
            compared += logits.numel()
    record_property(COMPARED, compared)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("rudolph")])
@torch.no_grad()
def test_words_after_the_codes_are_equal(
    originals: Path, name: str, record_property: Recorder
) -> None:
    numbers, model, words = _loaded(originals, name)
    compared = 0
    for key in [key for key in numbers if key.startswith("right.")]:
        text = model.transformer.new_cache(1, model.shape.length)
        model.read_text(words, text)
        past = text.repeated(2, model.shape.length)
        model.read_codes(numbers["codes"], past)
        later = numbers["later"][:, : int(key.split(".")[1])]
        logits = model.read_right_text(later, past)[:, -1]
        assert (logits - numbers[key]).abs().max() < 1e-5
        compared += logits.numel()
    record_property(COMPARED, compared)


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_greedy_codes_are_equal(originals: Path, name: str, record_property: Recorder) -> None:
    numbers, model, words = _loaded(originals, name)
    drawn = next(_rows_until(20, draw_codes(
        TextCodeReader(model, words, 1),
        Codes.unknown(1, SIDE, SIDE),
        reading_orders(SIDE, SIDE, SIDE),
        Sampling(top_k=1),
        numbers=uniform_numbers(3, 1, SIDE * SIDE),
    )))  # fmt: skip
    for kind in ("plain", "cached"):
        theirs = numbers[f"greedy.{kind}"]
        assert drawn.indices.flatten()[: len(theirs)].tolist() == theirs.tolist()
    record_property(COMPARED, 2 * 20)


def _rows_until(known: int, drawing: Iterator[Codes]) -> Iterator[Codes]:
    for codes in drawing:
        if codes.known.sum() >= known:
            yield codes


def test_filters_keep_the_same_codes(originals: Path, record_property: Recorder) -> None:
    numbers = load_file(originals / "filters.safetensors")
    logits = numbers.pop("logits")
    for key, kept in numbers.items():
        _, k, p = key.split(".", 2)
        ours = Sampling(top_k=int(k), top_p=float(p)).probabilities(logits) > 0
        assert torch.equal(ours, kept), key
    record_property(COMPARED, sum(kept.numel() for kept in numbers.values()))
