"""The extra `pocket` is enough to paint, and what it lacks is named with its remedy."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from engine.cli.explain import explain
from engine.registry import folder as models_folder
from store.system.extras import EXTRAS, missing_extra

ROOT = Path(__file__).parents[2]
OPTIONAL = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]
HEAVY = ("lightning", "omegaconf", "pytorch_lightning", "taming", "timm", "torchmetrics")
DRAW = f"""
import sys
sys.modules.update(dict.fromkeys({(*HEAVY, *(n for n, e in EXTRAS.items() if e == "engine"))!r}))
from engine.__main__ import main
sys.exit(main(["draw", "a red circle", "--out", "x.png", *sys.argv[1:]]))
"""


def draw(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Paint a tiny picture in a process that can import only what `pocket` brings."""
    tiny = ("--size", "64x64", "--steps", "2", "--cutouts", "2", "--seed", "1")
    command = [sys.executable, "-c", DRAW, *tiny, *options]
    environment = {"PYTHONPATH": str(ROOT), "MAZOK_HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=120,
    )


@pytest.mark.thorough
def test_the_pocket_models_paint_with_the_small_install(tmp_path: Path) -> None:
    assert draw(tmp_path).returncode == 0
    assert (tmp_path / "x.mp4").stat().st_size


@pytest.mark.thorough
def test_a_model_that_needs_more_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "clip.pt").touch()
    done = draw(tmp_path, "--clip", "ViT-B-32:clip.pt")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "The package open_clip is not installed. In the folder of Mazok: "
        f'{sys.executable} -m pip install -c constraints.txt -e ".[engine]"\n'
    )


def test_every_package_belongs_to_the_extra_that_brings_it() -> None:
    distributions = packages_distributions()
    for package, extra in EXTRAS.items():
        required = [Requirement(line) for line in OPTIONAL[extra]]
        names = {one.name.lower().replace("_", "-") for one in required}
        names |= {f"{one.name}-{part}" for one in required for part in one.extras}
        brought = {name.lower().replace("_", "-") for name in distributions[package]}
        assert brought & names, package


def test_other_missing_modules_are_faults() -> None:
    assert missing_extra(ModuleNotFoundError("no", name="engine.nonsense")) is None
    assert explain(ModuleNotFoundError("no", name="torch"), "ru")[0].startswith("Не установлен")


def test_a_small_install_offers_no_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / models_folder.ARCHITECTURE).write_text('{"architecture": "ViT-B-32"}')
    assert "mine" in models_folder.on_disk(tmp_path)[1]
    monkeypatch.setattr(models_folder, "is_installed", lambda package: False)
    assert models_folder.on_disk(tmp_path)[1] == ["pocket"]
