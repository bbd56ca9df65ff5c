"""Published models compute in what the device is fast at, the pocket ones in fp32 unless asked."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from engine.kernels.precision import choose_precision, type_of
from engine.models import LoadedModels, ModelNames, load_models
from engine.painting.painter import paint
from tests.fixtures.models.guide import english_clip
from tests.fixtures.painting import asked

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("instructions", "chosen"),
    [
        ({}, "fp32"),
        ({"avx512_bf16": False, "avx512_f": True}, "fp32"),
        ({"avx512_bf16": True}, "bf16"),
        ({"amx_bf16": True}, "bf16"),
    ],
)
def test_auto_on_a_processor(
    instructions: Mapping[str, bool], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: instructions, raising=False)
    assert choose_precision("auto", CPU) == chosen


@pytest.mark.parametrize(
    ("capability", "chosen"),
    [((6, 1), "fp32"), ((7, 0), "fp16"), ((7, 5), "fp16"), ((8, 6), "bf16"), ((9, 0), "bf16")],
)
def test_auto_on_a_card(
    capability: tuple[int, int], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert choose_precision("auto", CUDA) == chosen
    assert choose_precision("fp32", CUDA) == "fp32"


def gradient(models: LoadedModels) -> torch.Tensor:
    """Return where the first step of a painting moves its latent."""
    painting = paint(asked("red circle", steps=20, cutouts=8, optimizer="sgd"), models)
    before, after = (next(painting).state()["latent"] for _ in range(2))
    return after - before


def alike(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), dim=0))


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_the_digits_move_the_latent_the_same_way(precision: str, models: LoadedModels) -> None:
    half = load_models(ModelNames(), "cpu", Path("nowhere"), precision)
    assert half.precision == precision
    moved = gradient(half)
    assert moved.dtype == torch.float32 and moved.isfinite().all()
    assert alike(moved, gradient(models)) > 0.98


@pytest.mark.parametrize(("able", "chosen"), [(True, "bf16"), (False, "fp32")])
def test_auto_leaves_the_pocket_guide_as_it_is(
    able: bool, chosen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    able_to = {"avx512_bf16": able}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able_to, raising=False)
    names = ModelNames(clip=f"Small:{english_clip(tmp_path / 'clip')}")
    again = load_models(ModelNames(exact=True), "cpu", Path("nowhere"), "auto")
    assert again.precision == "fp32"
    models = load_models(names, "cpu", Path("nowhere"), "auto")
    assert models.precision == chosen
    assert models.vqgan.post_quant_conv.weight.dtype == type_of(chosen)
    (clip,), (pocket,) = models.guides.values()
    picture = torch.rand(1, 3, clip.side, clip.side)
    assert clip.model.visual.proj.dtype == type_of(chosen)  # type: ignore[attr-defined]
    assert pocket.image.out.weight.dtype == torch.float32  # type: ignore[attr-defined]
    assert clip.encode_image(picture).dtype == torch.float32
