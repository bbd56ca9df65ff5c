"""Models of the published formats at their full size: added, verified, painted with.

`make fullsize` runs it; it takes about 4 GB of disk and of memory while it runs.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from engine.registry.packaged import MODELS

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent
LIBRARIES = 100e6  # bytes that they take at first use
PROMPT = "красный круг | a red circle on a blue background"


@pytest.fixture
def engine(tmp_path: Path) -> Callable[..., list[str]]:
    """Run the engine as a process; print its seconds and its peak memory."""
    environment = os.environ | {
        "MAZOK_MODELS": str(tmp_path / "models"),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "en_GB.UTF-8",
    }
    environment.pop("OMP_NUM_THREADS", None)

    def run(*arguments: object) -> list[str]:
        told, began = tmp_path / "told", time.monotonic()
        with told.open("w") as out:
            process = os.posix_spawn(
                sys.executable,
                [sys.executable, "-m", "engine", *map(str, arguments)],
                environment,
                file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)],
            )
            _, status, used = os.wait4(process, 0)
        seconds, peak = time.monotonic() - began, used.ru_maxrss / 1000
        print(f"{' '.join(map(str, arguments))[:60]}: {seconds:.1f} s, {peak:.0f} MB at most")
        assert os.waitstatus_to_exitcode(status) == 0
        return told.read_text("utf-8").splitlines()

    return run


def test_full_size_models_are_added_verified_and_painted_with(
    engine: Callable[..., list[str]], tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    # In a process of its own: what is measured below begins with the memory of this one.
    work = "import sys, pathlib; from tests.fixtures.models.fullsize import everything as make; "
    work += "make(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", work, str(sources)], check=True, cwd=ROOT)
    checkpoint, clip = sources / "last.ckpt", sources / "open_clip_model.safetensors"
    assert 950e6 < checkpoint.stat().st_size < 1010e6
    engine("models", "add", checkpoint, "--name", "vqgan")
    engine("models", "add", clip, "--name", "clip", "--architecture", "ViT-B-32-quickgelu")
    engine("models", "add", sources / "ruclip")
    shutil.rmtree(sources)
    sizes = sum(path.stat().st_size for path in (tmp_path / "models").rglob("*"))
    assert 1.5e9 < sizes < 1.53e9
    packaged = sum(entry.packaged for entry in MODELS)
    assert sum("is whole" in line for line in engine("models", "verify")) == packaged + 3
    picture = tmp_path / "picture.png"
    models = ("--vqgan", "vqgan", "--clip", "clip", "--ruclip", "ruclip")
    small = ("--size", "256x256", "--steps", "3", "--cutouts", "8", "--seed", "1")
    *_, last = engine("draw", PROMPT, "--out", picture, *models, *small, "--json")
    report = json.loads(last)
    print(f"painted in {report['seconds']} s")
    assert report["notices"] == [] and 0 < report["loss"] < 2
    with Image.open(picture) as image:
        assert image.size == (256, 256)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("rudolph", 0.71e9),
        ("malevich", 2.62e9),
        ("dalle_mini", 0.88e9),
        ("faceshq_transformer", 1.22e9),  # in single precision
    ],
)
def test_full_size_drafters_are_added_and_draw_within_the_predicted_memory(
    engine: Callable[..., list[str]], tmp_path: Path, name: str, size: float
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()

    def work(*arguments: object) -> str:
        module = "tests.fixtures.models.fullsize_drafters"
        command = [sys.executable, "-m", module, *map(str, arguments)]
        done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        return done.stdout

    path = work("write", name, sources).strip()
    written = sum(file.stat().st_size for file in sources.iterdir())
    assert abs(written - size) < 0.02 * size
    engine("models", "add", path, "--name", name)
    shutil.rmtree(sources)
    assert any(name in line and "is whole" in line for line in engine("models", "verify"))
    told = json.loads(work("draft", name, tmp_path / "models"))
    print(f"{name}: {told}")
    assert told["complete"] and told["different"] == told["drafts"]
    assert told["took"] < 1.1 * told["predicted"] + LIBRARIES
    if told["packed"]:  # else the weights are read from their file, and take none
        assert told["took"] > 0.8 * told["predicted"]
