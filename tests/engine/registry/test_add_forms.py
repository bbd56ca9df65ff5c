"""`models add` finds out by itself what a file or a folder is."""

import shutil
from pathlib import Path

import pytest
import torch

from engine.models import ModelNames
from tests.engine.registry.test_add import Capture, engine, left, paints, vqgan
from tests.fixtures.models import clip_forms

__all__ = ["vqgan"]  # a fixture


@pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning")
def test_what_a_file_is_needs_not_be_said(at_home: Path, capsys: Capture) -> None:
    clip_forms.register(at_home)
    clip_forms.openai_archive(at_home / "ViT-B-32.pt")
    clip_forms.transformers_folder(at_home / "hugging")
    torch.save(clip_forms.weights(), at_home / "plain.pt")
    assert engine("models", "add", "ViT-B-32.pt", "--name", "openai") == 0
    assert engine("models", "add", "hugging") == 0
    assert engine("models", "add", "plain.pt") == 2
    assert "does not tell its architecture" in capsys.readouterr().err
    (at_home / "ViT-B-32.pt").unlink()
    shutil.rmtree(at_home / "hugging")
    paints(ModelNames("pocket", "openai,hugging"))
    (at_home / "last.safetensors").touch()
    assert engine("models", "add", "last.safetensors") == 2
    assert "is empty" in capsys.readouterr().err


def test_a_configuration_elsewhere_is_named(vqgan: Path, capsys: Capture) -> None:
    vqgan.with_suffix(".yaml").rename("elsewhere.yml")
    assert engine("models", "add", vqgan, "--config", "absent.yml") == 2
    assert "There is no configuration “absent.yml”." in capsys.readouterr().err and left() == []
    assert engine("models", "add", vqgan, "--config", "elsewhere.yml") == 0
    paints(ModelNames("mine"))
