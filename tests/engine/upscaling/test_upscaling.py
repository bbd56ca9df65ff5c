"""A finished picture becomes larger: by networks of published formats, tile by tile."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from spandrel.architectures.Compact import Compact
from spandrel.architectures.ESRGAN import ESRGAN
from torch import Tensor, nn

from engine import __main__ as program
from engine.errors import EngineError
from engine.images.finish import doubled, gouache
from engine.upscaling import upscaler as module
from engine.upscaling.choice import USUAL, enlarging
from engine.upscaling.published import WEIGHTS
from engine.upscaling.upscaler import Upscaler

CPU = torch.device("cpu")


def network(scale: int, kind: str = "compact") -> nn.Module:
    """Return a small network with random weights."""
    torch.manual_seed(scale)
    compact: nn.Module = Compact(num_feat=8, num_conv=2, upscale=scale)
    return compact if kind == "compact" else ESRGAN(num_filters=8, num_blocks=1, scale=scale)


def save(path: Path, scale: int, wrapper: str = "params", kind: str = "compact") -> Path:
    """Write the weights as Real-ESRGAN's releases have them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = network(scale, kind).state_dict()
    torch.save({wrapper: state} if wrapper else state, path)
    return path


def picture(height: int = 20, width: int = 30) -> Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("wrapper", ["params_ema", "params", ""])
@pytest.mark.parametrize(("kind", "scale"), [("compact", 4), ("compact", 2), ("esrgan", 4)])
def test_published_formats_are_read(tmp_path: Path, wrapper: str, kind: str, scale: int) -> None:
    upscaler = Upscaler("x", save(tmp_path / "x.pth", scale, wrapper, kind), CPU)
    assert upscaler.scale == scale
    assert upscaler(picture()).shape == (3, 20 * scale, 30 * scale)


def test_tiles_make_the_picture_that_the_network_makes_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upscaler = Upscaler("x", save(tmp_path / "x.pth", 4), CPU)
    whole = upscaler(picture(50, 70))
    monkeypatch.setattr(module, "TILE", 16)
    monkeypatch.setattr(module, "BORDER", 8)
    tiled = upscaler(picture(50, 70))
    assert float((tiled - whole).abs()[:, 32:-32, 32:-32].max()) <= 2 / 255
    jumps = (tiled[:, :, 1:] - tiled[:, :, :-1]).abs().mean((0, 1))
    seams = torch.arange(63, 279, 64)
    inside = torch.ones(len(jumps), dtype=torch.bool)
    inside[seams] = False
    own = (whole[:, :, 1:] - whole[:, :, :-1]).abs().mean((0, 1))
    assert float(jumps[seams].mean()) <= 1.1 * float(own[seams].mean())


def test_it_grows_tile_by_tile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TILE", 16)
    upscaler = Upscaler("x", save(tmp_path / "x.pth", 2), CPU)
    assert [larger.shape for larger in upscaler.grow(picture(20, 30))] == [(3, 40, 60)] * 4


def test_a_factor_takes_the_upscaler_at_hand_that_suits_best(tmp_path: Path) -> None:
    save(tmp_path / USUAL / WEIGHTS, 4)
    twice = enlarging("2", tmp_path, CPU)
    *_, larger = twice.grow(picture())
    assert larger.shape == (3, 40, 60)
    save(tmp_path / "RealESRGAN_x2plus" / WEIGHTS, 2)
    own = enlarging("2", tmp_path, CPU).upscaler
    assert own is not None and own.name == "RealESRGAN_x2plus"
    named = enlarging(str(save(tmp_path / "own.pth", 4)), tmp_path, CPU)
    assert named.factor == 4


def test_a_drawing_of_the_pocket_models_needs_no_weights(tmp_path: Path) -> None:
    small = picture(64, 64)
    save(tmp_path / USUAL / WEIGHTS, 4)  # for other pictures
    *_, larger = enlarging("2", tmp_path, CPU, gouache).grow(small)
    assert torch.equal(larger, gouache(small))
    assert enlarging(USUAL, tmp_path, CPU, gouache).upscaler is not None


def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pth"
    torch.save({"a.weight": torch.zeros(3)}, broken)
    cases = {
        "4": "upscaler-none", USUAL: "model-missing-pull", "RealESRGAN": "model-unknown",
        str(tmp_path / "no.pth"): "model-unknown", str(broken): "upscaler-unreadable",
    }  # fmt: skip
    for name, key in cases.items():
        with pytest.raises(EngineError) as error:
            enlarging(name, tmp_path, CPU)
        assert error.value.key == key, name
    save(tmp_path / USUAL / WEIGHTS, 4)
    with pytest.raises(EngineError) as error:
        enlarging("4", tmp_path, CPU).check(1024, 1025)
    assert error.value.key == "upscale-size"


@pytest.mark.thorough
def test_the_command_line_makes_a_picture_larger(
    at_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_MODELS", str(at_home))
    save(at_home / USUAL / WEIGHTS, 4)
    small = ["--size", "64x64", "--steps", "1", "--cutouts", "2", "--seed", "3", "--json"]
    arguments = ["draw", "cat", "--upscale", "4", *small, "--out", "cat.png"]
    assert program.main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["width"], report["height"]) == (256, 256)
    with Image.open("cat.png") as image:
        assert image.size == (256, 256)
        assert "realesr" not in json.loads(getattr(image, "text", {})["Mazok"])["upscale"]
        assert json.loads(getattr(image, "text", {})["Mazok"])["models"]["upscale"]
    assert program.main([*arguments[:3], "64", *small, "--out", "other.png"]) == 2
    assert not Path("other.png").exists()


def _edges(larger: Tensor) -> float:
    """Return the mean jump across the edges, as a multiple of that between neighbours inside."""
    across = (larger[:, :, 0] - larger[:, :, -1]).abs().mean()
    inside = (larger[:, :, 1:] - larger[:, :, :-1]).abs().mean()
    down = (larger[:, 0] - larger[:, -1]).abs().mean()
    below = (larger[:, 1:] - larger[:, :-1]).abs().mean()
    return float((across + down) / (inside + below))


@pytest.mark.parametrize("how", ["network", "finish"])
def test_81_a_tile_stays_one_when_it_is_made_larger(tmp_path: Path, how: str) -> None:
    wave = torch.linspace(0, 8 * torch.pi, 65)[:-1].sin() / 2 + 0.5
    small = (wave.view(1, 1, -1) * wave.view(1, -1, 1)).expand(3, -1, -1)
    if how == "network":
        name = str(save(tmp_path / "x.pth", 4))
        usual = enlarging(name, tmp_path, CPU)
    else:
        usual = enlarging("2", tmp_path, CPU, doubled)
    tile = replace(usual, tile=True)
    *_, larger = tile.grow(small)
    *_, rolled = tile.grow(torch.roll(small, (16, 24), (1, 2)))
    assert larger.shape[1] == 64 * usual.factor
    by = (16 * usual.factor, 24 * usual.factor)
    assert torch.allclose(torch.roll(larger, by, (1, 2)), rolled, atol=0.01)
    if how == "finish":  # a network of random weights leaves a grid, at the edges too
        assert _edges(larger) <= 1.2
