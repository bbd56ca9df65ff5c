"""Steps of several paintings, computed together, are those of each painting alone."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from engine.models import LoadedModels
from engine.painting.batch.evaluation import Evaluation, StepInput, alone, evaluate
from engine.painting.painting import Painting
from engine.painting.plan import plan_for
from store.request.request import DrawRequest
from tests.fixtures.painting import asked

PROMPTS = ("кот", "red house:2 | sky:-0.5:0.1", "sea ^ mountain")


def no_pictures(source: str) -> Tensor:
    raise FileNotFoundError(source)


def inputs_of(models: LoadedModels, requests: Sequence[DrawRequest]) -> list[StepInput]:
    """Return the input of the first step of each request."""
    taken: list[StepInput] = []

    def record(one: StepInput) -> Evaluation:
        taken.append(one)
        return alone(one)

    for request in requests:
        painting = Painting(request, models, no_pictures, plan_for(request, models), record)
        painting.start(None)
        painting.step(0, last=False)
    return taken


@pytest.mark.parametrize("tile", [False, True])
def test_picture_loss_and_gradient_are_those_of_each_alone(
    models: LoadedModels, tile: bool
) -> None:
    requests = [asked(p, seed=n, tile=tile) for n, p in enumerate(PROMPTS, start=1)]
    inputs = inputs_of(models, requests)
    for one, together in zip(inputs, evaluate(inputs), strict=True):
        expected = alone(one)
        assert expected.gradient is not None and together.gradient is not None
        assert torch.allclose(together.picture, expected.picture, atol=1e-5)
        assert torch.allclose(together.loss, expected.loss, atol=1e-6)
        error = (together.gradient - expected.gradient).norm() / expected.gradient.norm()
        assert error < 1e-4


def test_each_is_seen_with_its_own_number_of_cutouts(models: LoadedModels) -> None:
    inputs = inputs_of(models, [asked("кот", cutouts=3), asked("кот", seed=2, cutouts=5)])
    for one, together in zip(inputs, evaluate(inputs), strict=True):
        assert torch.allclose(together.loss, alone(one).loss, atol=1e-6)


def test_the_decoder_runs_once_for_all(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = inputs_of(models, [asked("кот", seed=seed) for seed in (1, 2, 3)])
    decode, decoded = models.vqgan.decode, []

    def counted(codes: Tensor) -> Tensor:
        decoded.append(len(codes))
        return decode(codes)

    monkeypatch.setattr(models.vqgan, "decode", counted)
    evaluate(inputs)
    assert decoded == [3]


def test_only_what_the_networks_take_together_is_of_one_kind(models: LoadedModels) -> None:
    requests = [asked("кот"), asked("cat", seed=2), asked("cat", size=(96, 64))]
    first, second, wider = inputs_of(models, requests)
    assert first.kind == second.kind != wider.kind
