"""CLIPs in the forms in which people have them: each gives the vectors of the original."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import EngineError, sentence
from engine.guides.clip import ClipGuide
from engine.guides.guide import Guide
from engine.models import ModelNames, load_models
from tests.fixtures.models import clip_forms
from tests.fixtures.models.clip_forms import NAMES, openai_archive, register, transformers_folder

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forms")
    register(folder)
    for quick, name in ((True, "plain.pt"), (False, "exact.pt")):
        torch.save(clip_forms.weights(quick), folder / name)
    return folder


def guide(name: str) -> Guide:
    return load_models(ModelNames(clip=name), "cpu", Path("nowhere")).guides["latin"][0]


def vectors(found: Guide) -> torch.Tensor:
    pictures = torch.linspace(0, 1, 2 * 3 * 32 * 32).view(2, 3, 32, 32)
    with torch.no_grad():
        return torch.cat([found.encode_image(pictures), found.encode_text(["a cat", "дом"])])


@pytest.fixture(scope="module")
def quick(folder: Path) -> torch.Tensor:
    return vectors(ClipGuide(NAMES[1], folder / "plain.pt", CPU))


@pytest.fixture(scope="module")
def exact(folder: Path) -> torch.Tensor:
    return vectors(ClipGuide(NAMES[0], folder / "plain.pt", CPU))


def near(found: torch.Tensor, expected: torch.Tensor, tolerance: float = 1e-6) -> bool:
    return torch.allclose(found, expected, atol=tolerance)


@pytest.mark.parametrize("architecture", ["", f"{NAMES[0]}:", f"{NAMES[1]}:"])
def test_an_archive_of_openai_has_its_own_activation(
    folder: Path, quick: torch.Tensor, exact: torch.Tensor, architecture: str
) -> None:
    path = openai_archive(folder / "ViT-B-32.pt")
    found = vectors(guide(f"{architecture}{path}"))
    assert near(found, quick) and not near(found, exact, 1e-4)


def test_a_checkpoint_of_open_clips_training(folder: Path, exact: torch.Tensor) -> None:
    state = {f"module.{key}": value for key, value in clip_forms.weights().items()}
    optimizer: dict[str, object] = {"state": {}, "param_groups": []}
    torch.save({"epoch": 7, "state_dict": state, "optimizer": optimizer}, folder / "epoch_7.pt")
    assert near(vectors(guide(f"{NAMES[0]}:{folder}/epoch_7.pt")), exact)


def test_a_folder_of_transformers(tmp_path: Path, folder: Path, quick: torch.Tensor) -> None:
    path = transformers_folder(tmp_path / "clip")
    assert near(vectors(guide(str(path))), quick)
    assert near(vectors(guide(str(path / "pytorch_model.bin"))), quick)
    assert near(vectors(guide(f"{NAMES[1]}:{path}")), quick)
    assert near(vectors(guide(str(transformers_folder(tmp_path / "old", None)))), quick)
    state = torch.load(path / "pytorch_model.bin")
    (path / "pytorch_model.bin").unlink()
    save_file({f"module.{key}": value for key, value in state.items()}, path / "model.safetensors")
    assert near(vectors(guide(str(path))), quick)


def test_a_folder_of_transformers_says_activation_and_colours(
    tmp_path: Path, folder: Path, exact: torch.Tensor
) -> None:
    path = transformers_folder(tmp_path / "clip", "gelu")
    assert near(vectors(guide(str(path))), exact)
    colours = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}
    (path / "preprocessor_config.json").write_text(json.dumps(colours))
    found = ClipGuide("", path / "pytorch_model.bin", CPU)
    assert found.mean.flatten().tolist() == [0.5] * 3 and found.std.flatten().tolist() == [0.25] * 3


def test_a_folder_of_open_clip(tmp_path: Path, folder: Path, quick: torch.Tensor) -> None:
    stated = {"model_cfg": clip_forms.CONFIG | {"quick_gelu": True}, "preprocess_cfg": {}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(stated))
    save_file(clip_forms.weights(), tmp_path / "open_clip_model.safetensors")
    assert near(vectors(guide(str(tmp_path))), quick)
    stated["model_cfg"]["vision_cfg"] = {"timm_model_name": "hf-hub:any/model"}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(stated))
    with pytest.raises(EngineError, match="in a way that is not supported"):
        guide(str(tmp_path))


def test_a_file_that_does_not_tell_its_architecture_names_those_that_fit(folder: Path) -> None:
    with pytest.raises(EngineError) as refused:
        guide(str(folder / "plain.pt"))
    assert str(refused.value) == (
        "“plain.pt” is a CLIP that does not tell its architecture: write it before the file, as in "
        "--clip TinyForm:plain.pt (its sizes are those of TinyForm, TinyForm-quickgelu)."
    )
    assert "подходят TinyForm" in sentence(refused.value, "ru")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"model_type": "siglip"}, "of the kind siglip"),
        ({"model_type": "clip", "vision_config": {"hidden_act": "relu"}}, "of the kind"),
        ({"model_type": "clip", "text_config": {"num_attention_heads": 7}}, "do not fit"),
        ({"model_type": "clip", "text_config": {"num_attention_heads": "8"}}, "do not fit"),
    ],
)
def test_another_model_of_transformers_is_named(
    tmp_path: Path, config: dict[str, object], told: str
) -> None:
    path = transformers_folder(tmp_path / "model")
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(EngineError, match=told):
        guide(str(path))


def test_a_folder_of_anything_else_says_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "weights.pt").write_bytes(b"weights")
    with pytest.raises(EngineError, match=r"a ruCLIP has bpe\.model in it"):
        guide(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(EngineError, match="not on this machine"):
        guide(str(tmp_path))


def test_a_vqgan_is_sent_to_its_own_option(folder: Path) -> None:
    from tests.fixtures.models.checkpoint import TINY, state_of

    torch.save(state_of(TINY), folder / "vqgan.ckpt")
    with pytest.raises(EngineError, match="is a VQGAN: name it with --vqgan"):
        guide(f"{NAMES[0]}:{folder}/vqgan.ckpt")
