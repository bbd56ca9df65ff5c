"""Compare the second stage with taming's own transformer: logits, greedy codes, windows, places."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.drafters.autoregression import draw_codes, reading_orders
from engine.drafters.codes import Codes
from engine.drafters.networks.mingpt import Gpt
from engine.drafters.sampling import Sampling, uniform_numbers
from engine.drafters.second_stage.conditions import coordinate_indices
from engine.drafters.second_stage.drafter import PrefixReader
from engine.drafters.second_stage.sliding_window import SlidingWindow
from tests.conformance.conftest import COMPARED
from tests.conformance.environments import run_original

pytestmark = pytest.mark.conformance
SCRIPT = Path(__file__).with_name("second_stage_original.py")
HEADS, SIDE, CODES = 4, 4, 48
GREEDY = Sampling(top_k=1)
Recorder = Callable[[str, object], None]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the original once for all comparisons."""
    return run_original(SCRIPT, tmp_path_factory.mktemp("gpt"))


@pytest.fixture(scope="module")
def numbers(originals: Path) -> dict[str, Tensor]:
    """Return its numbers."""
    return load_file(originals / "gpt.safetensors")


@pytest.fixture(scope="module")
def gpt(numbers: dict[str, Tensor]) -> Gpt:
    """Load the original's weights."""
    return _loaded(numbers)


def _loaded(numbers: dict[str, Tensor]) -> Gpt:
    weights = {key[2:]: value for key, value in numbers.items() if key.startswith("w.")}
    return Gpt.load(weights, HEADS, torch.float32)


@torch.no_grad()
def test_logits_are_equal_at_once_and_by_the_cache(
    numbers: dict[str, Tensor], gpt: Gpt, record_property: Recorder
) -> None:
    indices, theirs = numbers["indices"], numbers["logits"]
    past = gpt.new_cache(len(indices), gpt.shape.block)
    parts = [gpt(part, past) for part in indices.split([1, 5, 1, 25], dim=1)]
    for ours in (gpt(indices), torch.cat(parts, dim=1)):
        assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()
    record_property(COMPARED, 2 * theirs.numel())


@pytest.mark.parametrize("condition", ["one", "window"])
@torch.no_grad()
def test_greedy_codes_of_one_window_are_equal(
    numbers: dict[str, Tensor], gpt: Gpt, condition: str, record_property: Recorder
) -> None:
    reader = PrefixReader(gpt, numbers[f"condition.{condition}"], 1)
    orders = reading_orders(SIDE, SIDE, SIDE)
    *_, drawn = draw_codes(
        reader, Codes.unknown(1, SIDE, SIDE), orders, GREEDY, uniform_numbers(0, 1, SIDE * SIDE)
    )
    theirs = numbers[f"greedy.{condition}"]
    assert drawn.indices.flatten().tolist() == theirs.tolist()
    record_property(COMPARED, theirs.numel())


@pytest.mark.parametrize(("file", "side"), [("gpt", SIDE), ("windows", 16)])
def test_greedy_grids_of_sliding_windows_are_equal(
    originals: Path, file: str, side: int, record_property: Recorder
) -> None:
    numbers = load_file(originals / f"{file}.safetensors")
    gpt, compared = _loaded(numbers), 0
    for key in [key for key in numbers if key.startswith("grid.")]:
        condition = numbers[key.replace("grid", "map")]
        window = SlidingWindow(gpt, condition, side)
        chance = uniform_numbers(0, 1, condition.numel())
        *_, drawn = window.draw(Codes.unknown(1, *condition.shape), GREEDY, chance)
        assert torch.equal(drawn.indices[0], numbers[key]), key
        compared += condition.numel()
    record_property(COMPARED, compared)


def test_coordinates_are_equal(numbers: dict[str, Tensor], record_property: Recorder) -> None:
    compared = 0
    for key in [key for key in numbers if key.startswith("coordinates.")]:
        theirs = numbers[key]
        height, width = theirs.shape
        ours = coordinate_indices(height, width, cell=16, codes=CODES)
        assert torch.equal(ours, theirs), key
        compared += theirs.numel()
    record_property(COMPARED, compared)
