"""The training stages create everything on the chosen device."""

import importlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.fixtures.models.fake_device import (
    CPU,
    OTHER_DEVICE,
    DeviceGenerator,
    FakeDevice,
    default_device,
)
from training import art
from training.data import captions, labels, scenes
from training.judge import distort

pytestmark = pytest.mark.thorough

STAGES = ("scorer", "vqgan", "sharpen", "negatives", "names", "hands", "prior")


@pytest.fixture
def fake_device(monkeypatch: pytest.MonkeyPatch) -> FakeDevice:
    """A second device, and a bank of art (noise) on it."""
    mode = FakeDevice()
    monkeypatch.setattr(torch, "Generator", DeviceGenerator)
    monkeypatch.setattr(torch, "get_default_device", default_device)
    monkeypatch.setattr(art, "load_styles", bank)
    return mode


def bank(styles: Sequence[str]) -> tuple[Tensor, Tensor]:
    size = (len(styles), labels.THINGS, 4, 32, 32)
    return torch.randint(0, 256, size, dtype=torch.uint8), torch.ones(size[:2], dtype=torch.bool)


def test_a_mixture_of_devices_is_noticed(fake_device: FakeDevice) -> None:
    old, number = torch.zeros(2), torch.tensor(1.0)
    with fake_device:
        new = torch.zeros(2) * number
        assert (new.device, new.cpu().device) == (OTHER_DEVICE, CPU)
        for mixed in (
            lambda: new + torch.zeros(2, device=CPU),
            lambda: torch.rand(2, generator=torch.Generator()),
            new.numpy,
        ):
            with pytest.raises(AssertionError, match="device"):
                mixed()
        with pytest.raises(AssertionError, match="two devices"):
            new.add(scenes_constant)
    assert torch.equal(old, new)


scenes_constant = torch.ones(2)  # made at import, as a module's constant would be


def test_pictures_come_into_being_on_the_device_of_the_training(fake_device: FakeDevice) -> None:
    with fake_device:
        generator, rng = labels.seeded_generators(1)
        paint = scenes.SceneRenderer(*art.load("train"), 32, generator, style_variation=0.5)
        wish = labels.random_labels(4, generator, labels.frequency_weights())
        pictures = distort(paint(wish).pictures, generator)
        words = captions.token_buckets([said.text for said in captions.captions(wish.rows(), rng)])
        assert pictures.device == words.device == OTHER_DEVICE


@pytest.mark.long
def test_every_stage_trains_on_another_device_and_reads_its_own_checkpoint(
    fake_device: FakeDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = [importlib.import_module(f"training.{stage}") for stage in STAGES]
    for module in ("training.loop.checkpoint", *(f"training.{stage}" for stage in STAGES)):
        monkeypatch.setattr(f"{module}.FOLDER", tmp_path, raising=False)
    monkeypatch.setattr(sys, "argv", ["", "--steps", "1"])
    monkeypatch.setattr("training.names.RENDERINGS", 2)
    monkeypatch.setattr("training.hands.WARM_UP_ROUNDS", 0)
    monkeypatch.setattr("training.hands.KEPT_ROUNDS", 2)
    for stage in stages * 2:  # the second time each finds its step done
        with fake_device:
            stage.main()
    done = {
        path.stem: torch.load(path, weights_only=True)["step"] for path in tmp_path.glob("*.pt")
    }
    saved = ("scorer", "vqgan", "sharp", "negatives", "names", "hands", "prior")
    assert done == dict.fromkeys(saved, 1)


@pytest.mark.long
def test_a_stage_needs_torch_numpy_and_safetensors_alone() -> None:
    named = ", ".join(f"training.{stage}" for stage in STAGES)
    program = f"""
import sys, numpy, safetensors.torch, torch
have = {{name.split(".")[0] for name in sys.modules}} | sys.stdlib_module_names
import {named}
print(*{{name.split(".")[0] for name in sys.modules}} - have)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100
    )
    assert set(ran.stdout.split()) == {"engine", "training"}
