"""The evaluation's prompts, and the hits that it counts."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from store.reader.read import read
from store.reader.vocabulary import subjects
from training.data.landscapes.render import PLACES
from training.evaluation.composed_prompts import GROUPS, ComposedPrompt, composed_prompts, crops
from training.evaluation.contact_sheet import encode_png, write_contact_sheet
from training.evaluation.paintings import PaintingTask
from training.evaluation.place_judge import PlaceJudge
from training.evaluation.verdicts import Verdict, judged
from training.judge import CLASSES, FEATURES

KNOWN = [subject.key for subject in subjects()[:40]]


class Sure(nn.Module):
    """A judge that names pictures by a list, one after the other, whatever they show."""

    def __init__(self, names: list[int]) -> None:
        super().__init__()
        self.names = iter(names)

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.eye(CLASSES)[[next(self.names) for _ in pictures]]

    def features(self, pictures: Tensor) -> Tensor:
        small = torch.nn.functional.interpolate(pictures, size=(20, 21))
        return small.flatten(1)[:, :FEATURES]


def verdicts(prompts: list[ComposedPrompt], names: list[int], place: str) -> list[Verdict]:
    pictures = [torch.zeros(3, 64, 64) for _ in prompts]
    sure: Any = Sure(names)
    always: Any = lambda shown: [place] * len(shown)  # noqa: E731
    return judged(prompts, pictures, sure, always)


def test_prompts_are_the_same_every_time_and_half_russian_in_every_group() -> None:
    prompts = composed_prompts(KNOWN, 4)
    assert prompts == composed_prompts(KNOWN, 4)
    assert [prompt.group for prompt in prompts[:4]] == list(GROUPS)
    for group in GROUPS:
        assert [p.russian for p in prompts if p.group == group] == [False, True] * 2
    for prompt in prompts:
        assert str(read(prompt.text)) == str(prompt.wish)
        assert (prompt.wish.place is not None) == (prompt.group == "in a place")


def test_a_judge_who_is_right_finds_everything() -> None:
    prompts = composed_prompts(KNOWN, 4)
    names = [number for prompt in prompts for number in prompt.subjects]
    found = verdicts(prompts, names, "sea")
    assert all(all(one.first) and all(one.five) for one in found)
    wished = [one.place for one in found]
    assert wished == [p.wish.place and p.wish.place == "sea" for p in prompts]


def test_a_judge_who_names_one_thing_in_every_picture_is_found_out() -> None:
    prompts = composed_prompts(KNOWN, 4)
    count = sum(len(prompt.subjects) for prompt in prompts)
    found = verdicts(prompts, [CLASSES - 1] * count, "sea")
    assert not any(any(one.first) for one in found)


def test_a_thing_is_judged_where_it_must_lie() -> None:
    (pair,) = [p for p in composed_prompts(KNOWN, 1) if p.group == "two things"]
    picture = torch.zeros(3, 64, 64)
    picture[0, :, :32] = picture[1, :, 32:] = 1
    left, right = crops(pair, picture)
    assert left[0].mean() > 3 * left[1].mean() and right[1].mean() > 3 * right[0].mean()
    plain = composed_prompts(KNOWN, 1)[0]
    assert crops(plain, picture).shape[0] == 1
    assert float(crops(plain, picture)[0, 0].mean()) == pytest.approx(0.5)


@pytest.mark.thorough
def test_places_are_told_apart_by_their_look() -> None:
    sure: Any = Sure([])
    red_squares = torch.zeros(1, 1, 4, 32, 32)
    red_squares[:, :, ::3] = 255
    art = red_squares, torch.ones(1, 1, dtype=torch.bool)
    assert PlaceJudge(sure, art).accuracy() > 2 / len(PLACES)


def test_a_picture_is_kept_under_a_name_of_its_own() -> None:
    files = {
        PaintingTask("cat").file,
        PaintingTask("cat", 2).file,
        PaintingTask("cat", 1, "fine").file,
        PaintingTask("dog").file,
    }
    assert len(files) == 4 and PaintingTask("cat").file in files


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
