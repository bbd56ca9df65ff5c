"""A painting that is laid aside goes on to the same picture; what is no such file is refused."""

import os
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from engine import __main__ as program
from engine.cli import saved_painting
from engine.errors import EngineError
from engine.images.output import pixels
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from engine.pipeline import Pipeline, open_pipeline, with_defaults
from engine.settings import EngineSettings
from store.request.request import DrawRequest

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return open_pipeline(EngineSettings(_env_file=None))


SMALL = ("--size", "64x64", "--cutouts", "2", "--init-noise", "flat", "--seed", "3")


def draw(pipeline: Pipeline, *arguments: str) -> int:
    return program.main(["draw", *arguments], pipeline)


def picture(path: Path) -> bytes:
    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


def test_the_frames_of_a_film_that_moves_are_its_animation(
    at_home: Path, pipeline: Pipeline
) -> None:
    how = ("--steps", "8", "--every", "1", "--zoom", "1.3", "--shift=-2,0")
    assert draw(pipeline, "cat", *SMALL, *how, "--out", "cat.png") == 0
    with Image.open(at_home / "cat.gif") as film:
        assert getattr(film, "n_frames", 1) == 3  # the first six steps paint it small
    with Image.open(at_home / "cat.png") as image:
        image.load()
        again = DrawRequest.from_json(getattr(image, "text", {})["Mazok"])
    assert (again.zoom, again.shift, again.every) == (1.3, (-2.0, 0.0), 1)


def test_an_interrupted_painting_goes_on_to_the_same_picture(
    at_home: Path, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw(pipeline, "cat ^ dog", *SMALL, "--steps", "3", "--out", "whole.png") == 0
    stopped = Pipeline("cpu", pipeline.load, _interrupted_at(4))
    keep = ("--save-latent", "cat.safetensors")
    assert draw(stopped, "cat ^ dog", *SMALL, "--steps", "3", "--out", "part.png", *keep) == 130
    assert (
        not Path("part.png").exists()
        and saved_painting.read_saved(Path("cat.safetensors")).number == 4
    )
    assert draw(pipeline, "--resume", "cat.safetensors", "--out", "rest.png", "--json") == 0
    assert picture(at_home / "rest.png") == picture(at_home / "whole.png")
    assert '"prompt": "cat ^ dog", "seed": 3, "steps": 6' in capsys.readouterr().out


def _interrupted_at(last: int):  # type: ignore[no-untyped-def]
    def painting(request, models, resume, pictures, enough):  # type: ignore[no-untyped-def]
        for step in paint(request, models, resume, pictures):
            yield step
            if step.number == last:
                raise KeyboardInterrupt

    return painting


def test_a_finished_painting_goes_on_with_more_steps_and_other_words(
    at_home: Path, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = ("--save-latent", "cat.safetensors", "--count", "2")
    assert draw(pipeline, "cat", *SMALL, "--steps", "2", "--out", "cat.png", *keep) == 0
    first = at_home / "cat-1.safetensors"
    assert saved_painting.read_saved(at_home / "cat-2.safetensors").request.seed == 4
    assert draw(pipeline, "--resume", str(first), "--out", "more.png") == 2
    assert "finished after 2 steps" in capsys.readouterr().err
    more = ("--resume", str(first), "--steps", "5", "--out", "more.png")
    assert draw(pipeline, "a red circle", *more, "--save-latent", "more.safetensors") == 0
    after = saved_painting.read_saved(at_home / "more.safetensors")
    assert after.request.prompt == "a red circle" and after.number == 5
    assert picture(at_home / "more.png") != picture(at_home / "cat-1.png")


def test_another_model_or_size_is_refused(
    at_home: Path, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = with_defaults(DrawRequest("cat", seed=1, size=(64, 64), steps=2), EngineSettings())
    models = pipeline.load(whole)
    plan = plan_for(whole, models)
    step = next(paint(whole, models))
    saved_painting.write_saved(at_home / "cat.safetensors", whole, step.state())
    laid = saved_painting.read_saved(at_home / "cat.safetensors")
    laid.check(whole, plan, models.vqgan.shape)
    assert draw(pipeline, "--resume", "cat.safetensors", "--size", "96x64", "--out", "a.png") == 2
    told = capsys.readouterr().err
    assert "64×64" in told and "pocket" in told and len(told.splitlines()) == 1
    strange = dict(step.state(), latent=torch.zeros(1, 256, 8, 8))
    saved_painting.write_saved(at_home / "cat.safetensors", whole, strange)
    with pytest.raises(EngineError, match="that I saved"):
        saved_painting.read_saved(at_home / "cat.safetensors").check(
            whole, plan, models.vqgan.shape
        )
    assert pixels(step.image).shape == (64, 64, 3)


@pytest.mark.parametrize("kind", ["missing", "text", "cut", "plain", "unnamed", "request"])
def test_what_was_never_laid_aside_is_one_clear_line(
    at_home: Path, pipeline: Pipeline, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = at_home / "cat.safetensors"
    state: dict[str, Tensor] = {name: torch.zeros(1, 1, 1, 1) for name in saved_painting.NEEDED}
    saved_painting.write_saved(path, DrawRequest("cat"), state)
    match kind:
        case "missing":
            path.unlink()
        case "text":
            path.write_text("not a latent")
        case "cut":
            path.write_bytes(path.read_bytes()[:-3])
        case "plain":
            save_file({"weight": torch.zeros(2)}, path)
        case "unnamed":
            save_file(
                {"weight": torch.zeros(2)}, path, {saved_painting.KEY: DrawRequest("cat").to_json()}
            )
        case "request":
            save_file(state, path, {saved_painting.KEY: '{"prompt": ""}'})
    assert draw(pipeline, "--resume", str(path), "--out", "a.png") == 2
    told = capsys.readouterr().err
    assert "no painting that I saved" in told and len(told.splitlines()) == 1
    assert not Path("a.png").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("cat", "--save-latent", "cat.pt"),
        ("cat", "--save-latent", "nowhere/cat.safetensors"),
        ("--save-latent", "cat.safetensors"),
        ("--resume", "cat.safetensors", "--count", "2"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_painting(
    at_home: Path,
    pipeline: Pipeline,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:
    assert draw(pipeline, *arguments, "--out", "a.png") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1 and list(at_home.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
def test_a_pipe_is_no_painting_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(EngineError, match="no painting that I saved"):
        saved_painting.read_saved(tmp_path / "pipe")


def test_a_very_long_picture_is_painted_from_a_draft_that_is_four_times_as_long_as_wide(
    at_home: Path, pipeline: Pipeline
) -> None:
    how = ("--size", "16x1000", "--steps", "1", "--no-film", "--seed", "3")
    assert draw(pipeline, "кот", *how, "--out", "long.png") == 0
    with Image.open(at_home / "long.png") as image:
        assert image.size == (16, 1000)
