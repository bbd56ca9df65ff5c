"""The evaluation's prompts, and the hits that it counts."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from training import art
from training.data.labels import THINGS, seeded_generators
from training.data.scenes import SceneRenderer
from training.evaluation import verdicts
from training.evaluation.contact_sheet import encode_png, write_contact_sheet
from training.judge import CLASSES
from training.scorer import Scorer


def bank(use: str) -> tuple[Tensor, Tensor]:
    """One set, every thing in it a grey disc."""
    line = torch.linspace(-1, 1, 32)
    disc = (line.view(1, -1) ** 2 + line.view(-1, 1) ** 2 < 0.9).byte()
    one = torch.stack([disc * 127] * 3 + [disc * 255])
    return one.expand(1, THINGS, 4, 32, 32), torch.ones(1, THINGS, dtype=torch.bool)


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[verdicts.EvaluationPrompt]:
    monkeypatch.setattr(art, "load", bank)
    return verdicts.evaluation_prompts()


class Sure(nn.Module):
    """A judge that names pictures by a list, one after the other, whatever they show."""

    def __init__(self, names: Tensor) -> None:
        super().__init__()
        self.names = iter(names)

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.eye(CLASSES)[torch.stack([next(self.names) for _ in pictures])]


def judged(
    prompts: list[verdicts.EvaluationPrompt], names: Tensor, seeds: int = 1
) -> dict[str, float]:
    pictures = SceneRenderer(*bank(""), 32, seeded_generators(3)[0])(
        verdicts.labels_of(prompts * seeds), 1.0
    ).pictures
    judge: Any = Sure(names)
    return verdicts.judge_pictures(judge, Scorer().eval(), prompts, pictures).shares()


def test_prompts_are_the_same_every_time_and_half_russian_in_every_group(
    prompts: list[verdicts.EvaluationPrompt],
) -> None:
    assert prompts == verdicts.evaluation_prompts()
    groups = [a.group for a in prompts]
    assert len(groups) >= 100
    for group in set(groups):
        language, other = ("Russian", "English") if "Russian" in group else ("English", "Russian")
        assert groups.count(group) == groups.count(group.replace(language, other)) > 0


def test_a_judge_who_is_right_finds_everything_and_no_other_prompts_things(
    prompts: list[verdicts.EvaluationPrompt],
) -> None:
    some = prompts[-24:]  # two of each shape, so that other pictures ask for the same
    shares = judged(some, verdicts.labels_of(some * 2).subject, seeds=2)
    assert (shares["first"], shares["five"], shares["control"]) == (1, 1, 0)
    assert shares["ground"] > 0.9, "renderings have the ground that was asked for"
    assert shares["colour"] > 0.8
    assert -1 <= shares["guide"] <= 1


def test_a_judge_who_names_one_thing_in_every_picture_is_found_out(
    prompts: list[verdicts.EvaluationPrompt],
) -> None:
    some = prompts[-24:]
    shares = judged(some, torch.full((24,), some[0].subject))
    assert shares["first"] == pytest.approx(2 / 24)
    assert shares["control"] == pytest.approx(2 / 24)  # each of the 22 others, in 2 of 24 pictures


def test_a_sheet_shows_its_pictures_in_rows(tmp_path: Path) -> None:
    pictures = torch.rand(7, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    write_contact_sheet(pictures, tmp_path / "sheet.png", columns=3)
    shown = Image.open(tmp_path / "sheet.png")
    assert (shown.mode, shown.size) == ("RGB", (12, 8))
    assert (
        shown.crop((4, 4, 8, 8)).tobytes() == Image.open(BytesIO(encode_png(pictures[4]))).tobytes()
    )
    expected = (pictures[4] * 255).round().byte().permute(1, 2, 0).numpy().tobytes()
    assert Image.open(BytesIO(encode_png(pictures[4]))).tobytes() == expected
