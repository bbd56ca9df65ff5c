"""Several pictures of one request, which grow side by side."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine import __main__ as program
from engine.models import LoadedModels
from engine.painting.painter import paint
from store.errors import RequestError
from store.request.request import DrawRequest
from tests.fixtures.painting import asked, last

KINDS = (
    "flat",
    pytest.param("sketch", marks=pytest.mark.thorough),
    pytest.param("prior", marks=pytest.mark.thorough),
)


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_the_picture_that_is_painted_alone(models: LoadedModels, kind: str) -> None:
    together = asked("кот", keep=3, steps=2, init_noise=kind)
    pictures = last(paint(together, models)).pictures
    assert len(pictures) == 3
    for number, picture in enumerate(pictures, start=1):
        alone = last(paint(replace(together, pick=number), models))
        assert torch.equal(alone.image, picture), number
    assert not torch.equal(pictures[0], pictures[1]) and not torch.equal(pictures[1], pictures[2])


def test_the_first_is_the_picture_of_a_request_for_one(models: LoadedModels) -> None:
    request = asked("кот", steps=2, init_noise="prior", drafts=4)
    alone = last(paint(request, models)).image
    assert torch.equal(last(paint(replace(request, keep=2), models)).pictures[0], alone)


def test_a_sheet_shows_them_all_and_so_do_its_frames(models: LoadedModels) -> None:
    for step in paint(asked("cat", keep=3, steps=1), models):
        assert step.image.shape == step.frame().shape == (3, 130, 130)
        assert torch.equal(step.image[:, :64, 66:], step.parts[1])
        assert bool((step.image[:, 66:, 66:] == 1).all())


def test_what_was_interrupted_ends_as_the_same_pictures(models: LoadedModels) -> None:
    request = asked("cat", keep=2, init_noise="prior")
    steps = paint(request, models)
    state = [next(steps) for _ in range(3)][-1].state()
    whole = last(steps)
    resumed = list(paint(request, models, state))
    assert [step.number for step in resumed] == [2, 3, 4]
    assert all(torch.equal(a, b) for a, b in zip(resumed[-1].parts, whole.parts, strict=True))


@pytest.mark.thorough
def test_the_command_line_writes_a_sheet_and_each_picture(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--size", "64x64", "--steps", "1", "--cutouts", "2", "--seed", "3"]
    assert program.main(["draw", "кот", "--keep", "2", *small, "--out", "k.png", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["pictures"] == ["k-1.png", "k-2.png"]
    assert program.main(["draw", "--again", "k-2.png", "--out", "again.png"]) == 0
    with Image.open("again.png") as again, Image.open("k-2.png") as second:
        assert np.array_equal(np.asarray(again), np.asarray(second))
    with Image.open("k.png") as sheet:
        assert sheet.size == (130, 64)


def test_a_request_tells_how_each_is_painted_alone() -> None:
    assert DrawRequest("cat").kept == (DrawRequest("cat"),)
    assert [one.pick for one in DrawRequest("cat", keep=3).kept] == [1, 2, 3]
    picked = DrawRequest("cat", keep=3, pick=2)
    assert picked.kept == (picked,)
    with pytest.raises(RequestError):
        DrawRequest("cat", at_once=2, keep=2)
