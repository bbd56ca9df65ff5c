"""`models add` of upscalers and drafters, which are listed, verified and used by their names."""

from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import save_file

from engine import __main__ as program
from engine.drafters import load
from engine.drafters.networks.mingpt import Gpt, GptShape
from engine.drafters.published import PUBLISHED_DRAFTERS
from engine.models import ModelNames, load_models
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import to_json
from engine.registry.folder import all_models
from engine.upscaling.choice import enlarging
from tests.engine.drafters.small_models import scattered
from tests.engine.drafters.test_second_stage_files import SHAPE, config, write
from tests.engine.drafting.small_rudalle import write_models
from tests.engine.upscaling.test_upscaling import save

Capture = pytest.CaptureFixture[str]
MODELS = Path("data/models")


def engine(*arguments: object) -> int:
    return program.main([str(argument) for argument in arguments])


def listed(name: str, kind: str) -> bool:
    return any((m.name, m.kind) == (name, kind) and here for m, here in all_models(MODELS))


def upscaler(path: Path) -> Path:
    """Write a Compact network, which makes pictures twice as large."""
    return save(path, 2)


def test_an_upscaler_is_told_by_its_weights(at_home: Path, capsys: Capture) -> None:
    file = upscaler(at_home / "net.pth")
    assert engine("models", "add", file, "--name", "mine") == 0
    file.unlink()
    assert listed("mine", "upscaler")
    assert enlarging("mine", MODELS, torch.device("cpu")).factor == 2
    assert engine("models", "verify") == 0
    weights = MODELS / "mine/weights.pth"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    assert engine("models", "verify") == 1
    assert engine("models", "add", upscaler(file), "--name", "mine") == 2  # taken
    assert engine("models", "add", file, "--name", "RealESRGAN_x2plus") == 2  # not that one
    assert "mine" in capsys.readouterr().out


def test_a_drafters_files_are_added_under_its_published_name(at_home: Path) -> None:
    write_models(at_home)
    source = at_home / "malevich/weights.bin"
    source.rename(published := source.with_name("pytorch_model_v3.bin"))
    state = torch.load(published)
    save_file(state, safe := source.with_name("pytorch_model_v3.safetensors"))
    assert engine("models", "add", safe, "--name", "malevich") == 0
    assert listed("malevich", "drafter")
    assert engine("models", "verify") == 0
    vqgan = MODELS / "sber_gumbel_f8.safetensors"
    vqgan.write_bytes((at_home / "sber_gumbel_f8.safetensors").read_bytes())
    assert load_models(ModelNames("sber_gumbel_f8", draft="malevich"), "cpu", MODELS).drafter
    published.write_bytes(published.read_bytes()[:-300])
    assert engine("models", "add", published, "--name", "emojich") == 2
    assert not (MODELS / "emojich").exists()


@pytest.mark.parametrize("whole_folder", [True, False])
def test_a_drafter_that_no_program_can_download_is_added_with_its_tokenizer(
    at_home: Path, whole_folder: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(load.SETTINGS, "rudalle-xxl", load.SETTINGS["rudalle"])  # as the small one
    write_models(at_home)
    source = at_home / "malevich/weights.bin"
    source.rename(weights := source.with_name("pytorch_model.bin"))
    path = weights.parent if whole_folder else weights
    assert engine("models", "add", path, "--name", "kandinsky") == 0
    assert listed("kandinsky", "drafter")
    assert engine("models", "verify") == 0


def test_a_second_stage_by_hand_is_added_with_its_configuration(at_home: Path) -> None:
    place = write(at_home, "none", config("none"))
    file, told = place / "weights.ckpt", place / "config.yaml"
    told.rename(project := place / "project.yaml")
    assert engine("models", "add", file, "--name", "ffhq_transformer") == 2  # heads are unknown
    assert not (MODELS / "ffhq_transformer").exists()
    assert engine("models", "add", file, "--name", "ffhq_transformer", "--config", project) == 0
    assert listed("ffhq_transformer", "drafter")
    assert engine("models", "verify") == 0
    state = {key: value.clone() for key, value in VQGAN(SHAPE).state_dict().items()}
    metadata = {"format": "pt", "kind": "mazok vqgan 1", "shape": to_json(SHAPE)}
    save_file(state, MODELS / "ffhq.safetensors", metadata)
    names = ModelNames("ffhq", draft="ffhq_transformer")
    with pytest.raises(Exception, match="codebook"):  # of other weights
        load_models(names, "cpu", MODELS)
    assert engine("models", "add", file, "--name", "drin_transformer", "--config", project) == 2
    project.write_text(yaml.safe_dump(config("none", n_head=5)))
    assert engine("models", "add", file, "--name", "celebahq_transformer", "--config", project) == 2
    assert all(
        PUBLISHED_DRAFTERS[name].by_hand for name in ("ffhq_transformer", "drin_transformer")
    )


def test_a_file_by_hand_is_compared_with_its_published_hash(at_home: Path, capsys: Capture) -> None:
    torch.save({"state_dict": VQGAN(SHAPE).state_dict()}, at_home / "last.ckpt")
    assert engine("models", "add", at_home / "last.ckpt", "--name", "boris_f16_16384") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "boris_f16_16384" in line and "--name" in line
    assert not list(MODELS.glob("boris*"))


def test_a_second_stage_of_a_vqgans_checkpoint_is_verified_by_itself(
    at_home: Path, capsys: Capture
) -> None:
    network = scattered(Gpt(GptShape(1024, 512, layers=1, width=32, heads=16)))
    state = {f"transformer.{key}": value for key, value in network.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 1}, at_home / "last.ckpt")
    assert engine("models", "add", at_home / "last.ckpt", "--name", "faceshq_transformer") == 0
    capsys.readouterr()
    assert engine("models", "verify") == 0
    assert "“faceshq_transformer” is whole." in capsys.readouterr().out
    weights = MODELS / "faceshq_transformer/weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    assert engine("models", "verify") == 1
    assert "weights.safetensors has another sha256" in capsys.readouterr().err
