"""Files of drafters that are cut short: one sentence, and nothing half-written."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
import torch

from engine.__main__ import main
from engine.downloads.sources import Source
from engine.drafters.files import DECODER, ENCODER, MERGES, VOCABULARY
from engine.errors import EngineError
from engine.registry.download_specs import DownloadSpec
from engine.registry.pull import pull
from engine.weights.folders import BPE
from tests.engine.drafters.small_models import bart, weights
from tests.engine.drafters.test_second_stage_files import config, write
from tests.engine.drafting.small_rudalle import write_models
from tests.fixtures.models.mirror import LONG_TIMEOUT, Mirrors, serves

# By the file that is cut: the drafter's name, and the folder of its files.
FILES = {
    "pytorch_model.bin": ("emojich", "rudalle"),
    BPE: ("emojich", "rudalle"),
    ENCODER: ("dalle_mini", "mini"),
    DECODER: ("dalle_mini", "mini"),
    VOCABULARY: ("dalle_mini", "mini"),
    MERGES: ("dalle_mini", "mini"),
    "weights.ckpt": ("ffhq_transformer", "none"),
}
# Of pairs to merge, those that are left are right.
CUTS = [
    (file, share) for file in FILES for share in (0.0, 0.5, 0.99) if share == 0 or file != MERGES
]
VQGANS = {"rudalle": "sber_gumbel_f8", "mini": "dalle_mini_f16_16384", "none": "ffhq"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with small drafters, each in a folder, as they are published."""
    folder = tmp_path_factory.mktemp("published")
    write_models(folder)
    place = (folder / "malevich").rename(folder / "rudalle")
    (place / "weights.bin").rename(place / "pytorch_model.bin")
    write(folder, "none", config("none"))
    mini = folder / "mini"
    mini.mkdir()
    for network, file in zip(bart(), (ENCODER, DECODER), strict=True):
        torch.save({key: value.half() for key, value in weights(network).items()}, mini / file)
    words = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "Ġ": 4, "c": 5}
    (mini / VOCABULARY).write_text(json.dumps(words))
    (mini / MERGES).write_text("#version: 0.2\nĠ c\n")
    return folder


@pytest.mark.parametrize(("file", "share"), CUTS)
def test_a_file_that_is_cut_short_is_named_and_nothing_is_left(
    file: str,
    share: float,
    published: Path,
    at_home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, folder = FILES[file]
    place = shutil.copytree(published / folder, at_home / folder)
    whole = (place / file).read_bytes()
    (place / file).write_bytes(whole[: int(share * len(whole))])
    shown = at_home / f"data/models/{VQGANS[folder]}.safetensors"
    shown.parent.mkdir(parents=True)
    shutil.copy(published / "sber_gumbel_f8.safetensors", shown)
    path = place / file if file.startswith(("pytorch", "weights")) else place
    added = ["models", "add", str(path), "--name", name]
    if folder == "none":
        added += ["--config", str(place / "config.yaml")]
    drawn = ["draw", "кот", "--draft", str(place), "--vqgan", VQGANS[folder]]
    for command, called in ((added, file), (drawn, f"{folder}/{file}")):
        assert main(command) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert f"“{called}”" in line and line.endswith("again.")
    left = {
        path.name for path in at_home.rglob("*") if path.is_file() and place not in path.parents
    }
    assert left == {shown.name, f".{name}.pull.lock"}


def test_the_folder_of_a_published_file_is_drafted_from(published: Path, at_home: Path) -> None:
    shutil.copytree(published, at_home / "data/models")
    for folder, prompt, size in (("rudalle", "кот", "64x64"), ("none", "-", "256x256")):
        place = at_home / "data/models" / folder
        if folder == "none":
            (place / "config.yaml").rename(place / "project.yaml")
            (place / "weights.ckpt").rename(place / "last.ckpt")
        main(["models", "add", str(published / "none/weights.ckpt"), "--name", "ffhq"])
        few = ["--steps", "0", "--drafts", "1", "--size", size, "--no-film", "--out", "a.png"]
        vqgan = ["--vqgan", VQGANS[folder]]
        assert main(["draw", prompt, "--draft", str(place), *vqgan, *few]) == 0


def test_a_download_that_is_cut_short_is_told_and_forgotten(
    published: Path, mirrors: Mirrors, tmp_path: Path
) -> None:
    whole = (published / "rudalle/pytorch_model.bin").read_bytes()

    def spec(data: bytes) -> DownloadSpec:
        source = Source(mirrors.at("/weights", serves(data, tag=f'"{len(data)}"')))
        return DownloadSpec("rudolph", (("rudolph/weights.bin", (source,)),))

    with pytest.raises(EngineError) as error:
        pull(spec(whole[:-100]), tmp_path, StringIO(), "en", connection=LONG_TIMEOUT)
    assert error.value.key == "checkpoint-damaged"
    assert error.value.values["name"] == "rudolph/weights.bin"
    left = [path.name for path in (tmp_path / "rudolph").iterdir()]
    assert not [name for name in left if not name.endswith(".lock")]
    assert pull(spec(whole), tmp_path, StringIO(), "en", connection=LONG_TIMEOUT)
    assert (tmp_path / "rudolph/weights.bin").read_bytes() == whole
