"""A CLIP of open_clip's as a guide: its own numbers, its weights from a file, its errors."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import EngineError
from engine.guides.clip import ClipGuide
from engine.models import ModelNames, load_models
from engine.painting.conditioning import phrase_targets
from engine.painting.painter import paint
from store.request.request import DrawRequest

CPU = torch.device("cpu")
TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 1},
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a tiny architecture, made known to open_clip."""
    folder = tmp_path_factory.mktemp("clip")
    (folder / "Tiny.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(folder / "Tiny.json")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = open_clip.create_model("Tiny")
    save_file(model.state_dict(), folder / "tiny.safetensors")
    return folder / "tiny.safetensors"


def test_vectors_are_those_of_open_clip(weights: Path) -> None:
    guide = ClipGuide("Tiny", weights, CPU)
    assert guide.side == 32
    model = guide.model
    pictures = torch.rand(3, 3, 32, 32)
    mean = torch.tensor(open_clip.OPENAI_DATASET_MEAN).view(1, 3, 1, 1)
    std = torch.tensor(open_clip.OPENAI_DATASET_STD).view(1, 3, 1, 1)
    expected = model.encode_image((pictures - mean) / std)
    expected = expected / expected.norm(dim=-1, keepdim=True)
    assert torch.allclose(guide.encode_image(pictures), expected, atol=1e-6)
    assert torch.allclose(guide.encode_text(["a cat"]).norm(), torch.tensor(1.0))


def test_a_text_longer_than_the_context_is_cut(weights: Path) -> None:
    assert ClipGuide("Tiny", weights, CPU).encode_text(["cat " * 500]).isfinite().all()


def test_each_phrase_goes_to_the_guide_of_its_script(weights: Path) -> None:
    models = load_models(ModelNames(clip=f"Tiny:{weights}"), "cpu", Path("nowhere"))
    request = DrawRequest(
        "a cat | на синем фоне", seed=1, steps=2, cutouts=2, size=(64, 64), init_noise="flat"
    )
    names = [guide.name for guide, _ in phrase_targets(models, request.phrases)]
    assert names == [f"Tiny:{weights}", "pocket"]
    assert [step.number for step in paint(request, models)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "message"), [("Tony:{}", "architecture"), ("Tiny:{}.absent", "not on this machine")]
)
def test_a_wrong_name_is_one_sentence(weights: Path, name: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        load_models(ModelNames(clip=name.format(weights)), "cpu", Path("nowhere"))


@pytest.mark.parametrize("name", ["wrong.safetensors", "wrong.pt"])
def test_a_file_that_is_no_checkpoint_is_one_sentence(
    weights: Path, tmp_path: Path, name: str
) -> None:
    wrong = tmp_path / name
    wrong.write_bytes(b"<html>not found</html>")
    with pytest.raises(EngineError, match="web page"):
        ClipGuide("Tiny", wrong, CPU)
    save_file({"other": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(EngineError, match="I do not know the model"):
        ClipGuide("Tiny", tmp_path / "other.safetensors", CPU)
