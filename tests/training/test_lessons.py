"""The loss functions of the guide's stages, and their learning-rate schedule."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from training.adversarial.losses import discrimination_losses
from training.hands import interpolated_weights
from training.loop.schedule import LearningRateSchedule

SCALE = torch.tensor(20.0)
FIRST, SECOND, THIRD, FOURTH = torch.eye(4)


def lesson(true: Tensor, painted: Tensor) -> tuple[float, float, float]:
    """Two captions find their two renderings; the third caption wants `true`, not `painted`."""
    said, seen = torch.stack([FIRST, SECOND, THIRD]), torch.stack([FIRST, SECOND, true, painted])
    named, beaten, margin = discrimination_losses(said, seen, torch.eye(2, dtype=torch.bool), SCALE)
    return named.item(), beaten.item(), margin.item()


def test_a_painting_that_pleases_more_than_a_true_picture_costs() -> None:
    _, fooled, above = lesson(true=FOURTH, painted=THIRD)
    _, sober, below = lesson(true=THIRD, painted=FOURTH)
    assert above == SCALE
    assert below == -SCALE
    assert fooled > 20
    assert sober < 1e-6


def test_a_painting_is_a_wrong_answer_to_a_caption_of_a_rendering() -> None:
    told_apart, _, _ = lesson(true=THIRD, painted=FOURTH)
    mistaken, _, _ = lesson(true=THIRD, painted=F.normalize(FIRST + SECOND, dim=0))
    assert told_apart < 1e-6 < mistaken


def test_what_is_exported_lies_between_the_last_stage_and_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.loop.checkpoint.FOLDER", tmp_path)
    for stage, value in (("names", 1.0), ("hands", 4.0)):
        weights = {"out": torch.full((2,), value), "batches": torch.tensor(7)}
        torch.save({"step": 1, "scorer": weights}, tmp_path / f"{stage}.pt")
    found = interpolated_weights()
    assert found["out"].tolist() == [2.5, 2.5] and found["batches"] == 7


def test_a_stage_learns_faster_then_evenly_then_hardly_at_all() -> None:
    rates = LearningRateSchedule(2.0, warm_up=10, cool_down=0.4)
    course = [rates.at(step, 100) for step in range(1, 101)]
    assert course[:10] == sorted(course[:10])
    assert set(course[9:61]) == {2.0}
    assert course[60:] == sorted(course[60:], reverse=True)
    assert 0 < course[-1] < 0.1
    assert [rates.at(step, 200) for step in range(10, 61)] == [2.0] * 51
