"""The animation of a picture that starts from a draft shows it emerge; the picture is the same."""

import pytest
import torch
from torch import Tensor

from engine.models import LoadedModels
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from engine.painting.start.emergence import Emergence
from engine.painting.step import Step
from store.request.request import DrawRequest

SMALL = DrawRequest("красный круг на синем фоне", seed=3, steps=12, cutouts=4, size=(128, 128))


def correlation(one: Tensor, other: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])


def painted(request: DrawRequest, models: LoadedModels) -> tuple[list[Step], list[Tensor]]:
    steps, frames = [], []
    for step in paint(request, models):
        steps.append(step)
        frames.append(step.frame())
    return steps, frames


@pytest.mark.thorough
def test_the_film_begins_elsewhere_and_ends_in_the_picture(models: LoadedModels) -> None:
    steps, frames = painted(SMALL, models)
    emerging = plan_for(SMALL, models).emergence_steps
    assert correlation(frames[0], frames[-1]) <= 0.5
    assert correlation(steps[0].image, frames[-1]) > 0.8  # the draft shows the thing already
    assert torch.equal(frames[-1], steps[-1].image)
    likeness = [correlation(frame, frames[-1]) for frame in frames]
    assert likeness[emerging] > likeness[emerging // 2] > likeness[0]
    for step, frame in zip(steps[emerging:], frames[emerging:], strict=True):
        assert torch.equal(step.image, frame)


@pytest.mark.thorough
def test_asking_for_frames_changes_no_picture(models: LoadedModels) -> None:
    _, frames = painted(SMALL, models)
    last = [step.image for step in paint(SMALL, models)][-1]
    assert torch.equal(last, frames[-1])


@pytest.mark.thorough
def test_a_resumed_painting_shows_the_same_frames(models: LoadedModels) -> None:
    states, frames = [], []
    for step in paint(SMALL, models):
        states.append(step.state())
        frames.append(step.frame())
    resumed = [step.frame() for step in paint(SMALL, models, states[3])]
    for one, other in zip(frames[3:], resumed, strict=True):
        assert torch.equal(one, other)


def test_only_a_start_that_shows_something_has_to_emerge(models: LoadedModels) -> None:
    def steps(**options: object) -> int:
        request = DrawRequest("красный круг", steps=20, **options)  # type: ignore[arg-type]
        return plan_for(request, models).emergence_steps

    assert steps() == steps(init_noise="sketch") == round(0.95 * 20)
    assert steps(init="a.png") == steps(init_noise="codes") == steps(init_noise="gradient") == 0


def test_the_strokes_are_the_same_at_every_size(models: LoadedModels) -> None:
    emergence = Emergence(models.vqgan, seed=7, steps=10)
    channels = models.vqgan.codebook.shape[1]
    small, large = (emergence.picture(torch.zeros(1, channels, side, side), 0) for side in (8, 16))
    shrunk = torch.nn.functional.interpolate(large, size=small.shape[2:], mode="area")
    assert correlation(small, shrunk) > 0.8
    assert emergence.lasts_at(9) and not emergence.lasts_at(10)


def test_strokes_follow_the_shape_of_the_picture(models: LoadedModels) -> None:
    channels = models.vqgan.codebook.shape[1]
    picture = Emergence(models.vqgan, 7, 10).picture(torch.zeros(1, channels, 4, 16), 5)
    cell = models.vqgan.shape.cell
    assert picture.shape == (1, 3, 4 * cell, 16 * cell)
    assert float(picture.min()) >= 0 and float(picture.max()) <= 1
