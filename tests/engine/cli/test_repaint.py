"""`draw --again`: a picture paints itself again, and what it may not make Mazok do."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from engine import __main__ as program
from engine.pipeline import Pipeline, open_pipeline
from engine.registry import fingerprints
from engine.settings import EngineSettings
from tests.fixtures.engine import TinyPipeline

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("at_home")]

SMALL = ("--size", "64x64", "--steps", "2", "--cutouts", "4", "--init-noise", "flat")


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return open_pipeline(EngineSettings(_env_file=None))


def draw(*arguments: str, pipeline: Pipeline | None = None) -> int:
    return program.main(["draw", *arguments], pipeline or TinyPipeline().pipeline())


def metadata_of(name: str) -> dict[str, object]:
    with Image.open(name) as image:
        image.load()
        metadata: dict[str, object] = json.loads(getattr(image, "text", {})["Mazok"])
    return metadata


def rewrite_metadata(name: str, **changes: object) -> None:
    """The same picture with other metadata, and no XMP."""
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("Mazok", json.dumps(metadata_of(name) | changes))
    with Image.open(name) as image:
        pixels = image.copy()
    pixels.save(name, pnginfo=texts)


def pixels(name: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    with Image.open(name) as image:
        return np.asarray(image.convert("RGB"))


def test_a_picture_is_painted_again_to_the_same_pixels(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw("кот | a red hat:0.5", "--out", "cat.png", *SMALL, pipeline=pipeline) == 0
    assert draw("--again", "cat.png", "--out", "again.png", pipeline=pipeline) == 0
    assert np.array_equal(pixels("cat.png"), pixels("again.png"))
    assert metadata_of("cat.png") | {"left_open": 0} == metadata_of("again.png") | {"left_open": 0}
    models = metadata_of("cat.png")["models"]
    assert isinstance(models, dict) and set(models) == {
        *("vqgan", "clip", "ruclip", "prior", "layered_prior")
    }
    assert "differently" not in capsys.readouterr().err
    assert draw("--again", "cat.png", "--out", "other.png", "--seed", "5", pipeline=pipeline) == 0
    assert metadata_of("other.png")["seed"] == 5 and metadata_of("other.png")["steps"] == 2
    assert not np.array_equal(pixels("cat.png"), pixels("other.png"))


def test_what_stands_beside_again_outweighs_the_story() -> None:
    tiny = TinyPipeline()
    assert draw("cat", "--out", "cat.png", "--seed", "7", "--steps", "3") == 0
    code = draw(
        *("a dog", "--again", "cat.png", "--out", "dog.png", "--steps", "4", "--count", "2"),
        pipeline=tiny.pipeline(),
    )
    assert code == 0
    assert [one.prompt for one in tiny.loaded] == ["a dog", "a dog"]
    assert [(one.seed, one.steps) for one in tiny.loaded] == [(7, 4), (8, 4)]


def test_a_preset_takes_the_place_of_the_steps_that_were() -> None:
    assert draw("cat", "--out", "cat.png", "--steps", "3") == 0
    again = ("--again", "cat.png", "--out", "dog.png", "--preset", "fine", "--shape", "wide")
    tiny = TinyPipeline()
    assert draw(*again, pipeline=tiny.pipeline()) == 0
    (request,) = tiny.loaded
    assert (request.quality, request.steps, request.cutouts) == ("fine", None, None)
    assert (request.shape, request.size) == ("wide", None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--again", "nowhere.png"), "There is no picture"),
        (("--again", "plain.png"), "does not tell how it was painted"),
        (("--again", "plain.png", "--seed", "-1"), "does not tell how it was painted"),
        (("--again", "."), "is not a PNG"),
        ((), "What shall I paint?"),
        (("cat", "--preset", "fien"), "choose fine"),
        (("cat", "--shape", "portrat"), "choose portrait"),
    ],
)
def test_what_cannot_be_painted_again_is_one_line(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (16, 16)).save("plain.png")
    tiny = TinyPipeline()
    assert draw(*arguments, "--out", "again.png", pipeline=tiny.pipeline()) == 2
    line = capsys.readouterr().err
    assert words in line and len(line.splitlines()) == 1
    assert tiny.loaded == [] and not Path("again.png").exists()


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "secret.ckpt", "../secret.ckpt", "ViT-B-32:/etc/passwd", "."]
)
@pytest.mark.parametrize("part", ["vqgan", "clip", "ruclip"])
def test_a_story_opens_no_file_by_itself(
    part: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("secret.ckpt").write_bytes(b"secret")
    assert draw("cat", "--out", "cat.png") == 0
    rewrite_metadata("cat.png", **{part: name})
    tiny = TinyPipeline()
    assert draw("--again", "cat.png", "--out", "again.png", pipeline=tiny.pipeline()) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert name in line and f"--{part}" in line and tiny.loaded == []
    mine = ("--again", "cat.png", "--out", "again.png", f"--{part}", "mine.ckpt")
    assert draw(*mine, pipeline=tiny.pipeline()) == 0
    assert getattr(tiny.loaded[0], part) == "mine.ckpt"


def test_a_file_that_the_settings_name_is_known_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "models").mkdir()
    (folder / "mine.ckpt").write_bytes(b"")
    monkeypatch.setenv("MAZOK_VQGAN", str(folder / "mine.ckpt"))
    assert draw("cat", "--out", "cat.png") == 0
    assert metadata_of("cat.png")["vqgan"] == "mine.ckpt"
    tiny = TinyPipeline()
    assert draw("--again", "cat.png", "--out", "again.png", pipeline=tiny.pipeline()) == 0
    assert tiny.loaded[0].vqgan == str(folder / "mine.ckpt")


def test_other_weights_and_other_versions_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    here = {"vqgan": "aa", "clip": "bb", "prior": "cc"}
    known = replace(TinyPipeline().pipeline(), hashes=lambda request: here)
    assert draw("cat", "--out", "cat.png", pipeline=known) == 0
    rewrite_metadata(
        "cat.png", models={"vqgan": "aa", "clip": "other", "prior": "other", "ruclip": "dd"}
    )
    again = ("--again", "cat.png", "--out", "again.png", "--json")
    assert draw(*again, pipeline=known) == 0
    said = capsys.readouterr()
    lines = [line for line in said.err.splitlines() if "weights of “pocket” here" in line]
    assert len(lines) == 1
    assert json.loads(said.out.splitlines()[-1])["notices"] == lines
    assert draw(*again, "--clip", "pocket", "--vqgan", "pocket", pipeline=known) == 0
    rewrite_metadata("cat.png", models=here, format=2)
    assert draw(*again, pipeline=known) == 0
    assert "painted by a newer version" in capsys.readouterr().err
    rewrite_metadata("cat.png", format=1, software="Mazok 0.0.1")
    assert draw(*again, pipeline=known) == 0
    assert "painted by Mazok 0.0.1 and this is Mazok" in capsys.readouterr().err


def test_weights_are_known_by_their_hash_and_read_anew_when_they_change(tmp_path: Path) -> None:
    from store.request.request import DrawRequest

    (file := tmp_path / "my.ckpt").write_bytes(b"one")
    (folder := tmp_path / "ruclip").mkdir()
    (folder / "pytorch_model.bin").write_bytes(b"two")
    request = DrawRequest("cat", vqgan=str(file), clip=f"ViT-B-32:{file}", ruclip=str(folder))
    first = fingerprints.hashes(request, tmp_path)
    assert set(first) == {"vqgan", "clip", "ruclip"} and first["vqgan"] == first["clip"]
    file.write_bytes(b"other")
    second = fingerprints.hashes(request, tmp_path)
    assert second["vqgan"] != first["vqgan"] and second["ruclip"] == first["ruclip"]
    gone = replace(request, vqgan=str(tmp_path / "gone"))
    assert "vqgan" not in fingerprints.hashes(gone, tmp_path)
    assert fingerprints.hashes(replace(request, vqgan="imagenet_f16_1024"), tmp_path).keys() == {
        "clip",
        "ruclip",
    }
