"""Compare pictures with the real rudalle: borders, shapes, perplexity, wavelets, enlarging."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.drafters import rudalle
from engine.drafters.autoregression import draw_codes, reading_orders
from engine.drafters.codes import Codes
from engine.drafters.networks.sandwich import TextCodeModel
from engine.drafters.rudalle import RuDalleSettings, TextCodeReader
from engine.drafters.sampling import Sampling, uniform_numbers
from engine.networks.checkpoint import fitted, vqgan_state
from engine.networks.vqgan import VQGAN
from engine.upscaling.upscaler import Upscaler
from tests.conformance.conftest import COMPARED
from tests.conformance.environments import run_original

pytestmark = pytest.mark.conformance
SCRIPT = Path(__file__).with_name("rudalle_pictures.py")
CODES, SIDE = 40, 8
GREEDY = Sampling(top_k=1)
Recorder = Callable[[str, object], None]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the originals once for all comparisons."""
    return run_original(SCRIPT, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def numbers(originals: Path) -> dict[str, Tensor]:
    """Return what is drawn by words and borders."""
    return load_file(originals / "prompts.safetensors")


def _below(numbers: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in numbers.items() if k.startswith(prefix)}


def _model(numbers: dict[str, Tensor]) -> tuple[TextCodeModel, list[int]]:
    model = rudalle.load(
        _below(numbers, "w."), RuDalleSettings(heads=4, codes=CODES), torch.float32
    )
    padding = model.shape.text_vocabulary - model.shape.text
    words = numbers["words"].tolist()
    return model, [word or padding + place for place, word in enumerate(words)]


def _vqgan(numbers: dict[str, Tensor], path: Path) -> VQGAN:
    torch.save(_below(numbers, "v."), path)
    shape, state = fitted(vqgan_state(path), None, path.name)
    vqgan = VQGAN(shape)
    vqgan.load_state_dict(state)
    return vqgan.eval()


def _drawn(numbers: dict[str, Tensor], start: Codes) -> Codes:
    model, words = _model(numbers)
    _, height, width = start.indices.shape
    orders = reading_orders(height, width, SIDE)
    chance = uniform_numbers(0, 1, height * width)
    *_, drawn = draw_codes(TextCodeReader(model, words, 1), start, orders, GREEDY, chance)
    return drawn


@pytest.mark.parametrize(("name", "border"), [("up", (3, 0, 0, 0)), ("all", (2, 1, 1, 1))])
@torch.no_grad()
def test_pictures_with_given_borders_and_their_perplexities_are_equal(
    numbers: dict[str, Tensor],
    tmp_path: Path,
    name: str,
    border: tuple[int, int, int, int],
    record_property: Recorder,
) -> None:
    vqgan = _vqgan(numbers, tmp_path / "vqgan.ckpt")
    picture = numbers["pixels"].permute(2, 0, 1)[None].float() / 255
    indices = vqgan.nearest(vqgan.encode(picture))[0]
    up, down, left, right = border
    known = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    known[:up] = known[SIDE - down :] = True
    known[:, :left] = known[:, SIDE - right :] = True
    theirs = numbers[f"codes.{name}"]
    assert torch.equal(indices[known], theirs[known])
    drawn = _drawn(numbers, Codes.given(1, indices, known))
    assert torch.equal(drawn.indices[0], theirs)
    model, words = _model(numbers)
    past = model.transformer.new_cache(1, model.shape.length)
    model.read_text(words, past)
    scores = model.code_logits(theirs.view(1, -1), past)[0, :-1].double().log_softmax(-1)
    told = torch.exp(-scores.gather(1, theirs.flatten()[1:, None])).mean()
    assert abs(told - numbers[f"perplexity.{name}"][0]) < 1e-5 * told
    record_property(COMPARED, theirs.numel() + 1)


def test_the_perplexity_of_a_draft_is_the_sum_over_its_codes(
    numbers: dict[str, Tensor], record_property: Recorder
) -> None:
    drawn = _drawn(numbers, Codes.unknown(1, SIDE, SIDE))
    model, words = _model(numbers)
    with torch.no_grad():
        past = model.transformer.new_cache(1, model.shape.length)
        first = model.read_text(words, past)
        later = model.code_logits(drawn.indices.view(1, -1), past)[0, :-1]
    scores = torch.cat([first, later]).double().log_softmax(-1)
    told = torch.exp(-scores.gather(1, drawn.indices.view(-1, 1))).sum()
    assert abs(told - drawn.perplexities[0]) < 1e-5 * told
    record_property(COMPARED, SIDE * SIDE)


@pytest.mark.parametrize("shape", ["tall", "wide"])
def test_other_shapes_are_equal(
    numbers: dict[str, Tensor], shape: str, record_property: Recorder
) -> None:
    theirs = numbers[shape]
    drawn = _drawn(numbers, Codes.unknown(1, *theirs.shape))
    assert torch.equal(drawn.indices[0], theirs)
    record_property(COMPARED, theirs.numel())


@torch.no_grad()
def test_wavelets_are_decoded_equally(
    originals: Path, tmp_path: Path, record_property: Recorder
) -> None:
    numbers = load_file(originals / "wavelets.safetensors")
    vqgan = _vqgan(numbers, tmp_path / "vqgan.ckpt")
    codes, theirs = numbers["codes"].view(-1, SIDE, SIDE), numbers["pictures"]
    ours = vqgan.decode(vqgan.lookup(codes)).clamp(0, 1)
    assert ours.shape == theirs.shape and (ours - theirs).abs().max() < 1e-5
    record_property(COMPARED, ours.numel())


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_pictures_are_enlarged_equally(
    originals: Path, tmp_path: Path, scale: int, record_property: Recorder
) -> None:
    numbers = load_file(originals / f"upscaler-{scale}.safetensors")
    torch.save({"params_ema": _below(numbers, "w.")}, tmp_path / "net.pth")
    upscaler = Upscaler("net", tmp_path / "net.pth", torch.device("cpu"))
    with torch.no_grad():
        ours = upscaler(numbers["picture"][0])
    assert upscaler.scale == scale and (ours - numbers["larger"][0]).abs().max() < 1e-5
    record_property(COMPARED, ours.numel())
