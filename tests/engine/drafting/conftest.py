"""A small ruDALL-E, on disk and loaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.models import LoadedModels, ModelNames, load_models
from engine.painting.start import drafting
from tests.engine.drafting.small_rudalle import write_models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a models' folder with a small ruDALL-E."""
    folder = tmp_path_factory.mktemp("models")
    write_models(folder)
    return folder


@pytest.fixture
def models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedModels:
    """Load them in full precision, so that resumed drafts are the same to the bit."""
    monkeypatch.setattr("engine.drafters.load.weights_dtype", lambda device: torch.float32)
    return load_models(ModelNames("sber_gumbel_f8", draft="malevich"), "cpu", folder)


@pytest.fixture(autouse=True)
def every_row(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Show each row of the drafts, instead of one every few seconds."""
    monkeypatch.setattr(drafting, "SECONDS", 0.0)
    yield
