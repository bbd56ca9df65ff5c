"""A painting that ends by itself where views that no step has seen show no gain."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from engine import __main__ as program
from engine.defaults import Stage
from engine.images.metadata import read_metadata
from engine.models import LoadedModels
from engine.painting.conditioning import scene_targets
from engine.painting.ending import held_out
from engine.painting.ending.held_out import HeldOut
from engine.painting.painter import paint
from engine.painting.plan import Plan, plan_for
from engine.painting.step import Step
from store.errors import RequestError
from store.request.request import DrawRequest
from tests.fixtures.painting import asked, last

ONE_STAGE = (Stage(1.0, 1.0),)


def planned(models: LoadedModels, **fields: Any) -> Plan:
    return replace(plan_for(asked(enough="auto", **fields), models), stages=ONE_STAGE)


def made(number: int, total: int) -> Step:
    picture = torch.full((3, 1, 1), float(number))
    return Step(number, total, 0.5, lambda: picture, dict, lambda: picture)


def ended_at(plan: Plan, curve: dict[int, float]) -> int:
    """Return the step at which a painting whose distances fall like these would end."""
    watch = HeldOut(plan, lambda pictures: curve[int(pictures[0].flatten()[0])])
    return watch_numbers(watch, plan.total)[-1]


def watch_numbers(watch: HeldOut, total: int) -> list[int]:
    def steps() -> Iterator[Step]:
        number = 0
        while True:
            over = number == total or (number > 0 and watch.is_enough())
            yield made(number, total)
            if over:
                return
            number += 1

    return [step.number for step in watch.watched(steps())]


def test_it_ends_where_nothing_is_gained_any_more(models: LoadedModels) -> None:
    plan = planned(models, steps=40)
    flat_from_ten = {n: 1.0 - 0.05 * min(n, 10) for n in range(41)}
    assert 15 <= ended_at(plan, flat_from_ten) <= 22
    worse_from_ten = {n: 0.5 + 0.05 * abs(10 - n) for n in range(41)}
    assert 15 <= ended_at(plan, worse_from_ten) <= 20


def test_it_goes_on_as_long_as_it_gains(models: LoadedModels) -> None:
    plan = planned(models, steps=40)
    assert ended_at(plan, {n: 1.0 - 0.02 * n for n in range(41)}) == 40
    noisy = {n: 1.0 - 0.02 * n + 0.03 * (-1) ** n for n in range(41)}
    assert ended_at(plan, noisy) == 40


def test_long_paintings_are_looked_at_now_and_then(models: LoadedModels) -> None:
    seen: list[int] = []
    plan = planned(models, steps=300)

    def distance(pictures: Sequence[Tensor]) -> float:
        seen.append(int(pictures[0].flatten()[0]))
        return 1.0 / (1 + len(seen))

    watch_numbers(HeldOut(plan, distance), plan.total)
    assert seen[:4] == [0, 6, 12, 18]


def test_only_the_last_scene_at_its_full_size_counts(models: LoadedModels) -> None:
    seen: list[int] = []
    plan = plan_for(asked("cat ^ dog", steps=8, enough="auto"), models)

    def distance(pictures: Sequence[Tensor]) -> float:
        seen.append(int(pictures[0].flatten()[0]))
        return 1.0

    watch_numbers(HeldOut(plan, distance), plan.total)
    sizes = {plan.stage_size(number) for number in seen}
    assert seen and min(seen) >= 8 and sizes == {plan.stage_size(plan.total)}


def test_it_stops_at_the_same_step_and_picture_from_wherever_it_goes_on(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out, "LEAST_GAIN", 10.0)  # nothing is ever enough of a gain
    monkeypatch.setattr(held_out, "PATIENCE", 2)
    request = asked(steps=12, enough="auto", coarse=0.0)
    whole, states = [], []
    for step in paint(request, models):
        whole.append(step)
        states.append(step.state())
    assert whole[-1].last and 3 < whole[-1].number < 12
    for number in (1, 4, len(states) - 1):
        again = list(paint(request, models, states[number]))
        assert again[-1].number == whole[-1].number
        assert torch.equal(again[-1].image, whole[-1].image)


def test_the_views_are_the_same_each_time_and_know_what_is_wanted(models: LoadedModels) -> None:
    request = asked("red circle", steps=12, cutouts=8, learning_rate=0.2)
    plan = replace(plan_for(request, models), stages=ONE_STAGE)
    (scene,) = scene_targets(request, models, plan, lambda source: torch.zeros(1))
    first, *_, end = paint(request, models, plan=plan)

    def score(step: Step) -> float:
        return held_out.distance(scene, plan, torch.device("cpu"), step.pictures)

    assert score(first) == score(first) > score(end)


def test_watching_changes_no_picture(models: LoadedModels) -> None:
    alone, watched = (last(paint(asked(enough=how), models)) for how in (None, "auto"))
    assert torch.equal(alone.image, watched.image)


@pytest.mark.parametrize("fields", [{"zoom": 1.02}, {"shift": (1.0, 0.0)}, {"at_once": 4}])
def test_only_a_single_still_picture_can_end_by_itself(fields: dict[str, object]) -> None:
    with pytest.raises(RequestError) as refused:
        DrawRequest("cat", enough="auto", **fields)  # type: ignore[arg-type]
    assert refused.value.key == "request-enough-alone"
    with pytest.raises(RequestError):
        DrawRequest("cat", enough="soon")


def test_the_story_says_where_it_stopped_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(held_out, "LEAST_GAIN", 10.0)
    monkeypatch.setattr(held_out, "PATIENCE", 1)
    out = tmp_path / "cat.png"
    words = ["draw", "cat", "--out", str(out), "--steps", "12", "--size", "64x64", "--seed", "1"]
    words += ["--cutouts", "2", "--finish", "none", "--enough", "auto", "--no-film", "--json"]
    words += ["--init-noise", "flat", "--coarse", "0"]
    assert program.main(words) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 3 < report["steps"] < 12
    assert f"step {report['steps']} of 12" in " ".join(report["notices"])
    metadata = read_metadata(out)
    assert metadata.fields["steps"] == 12 and metadata.fields["enough"] == "auto"
    assert program.main(["draw", "--again", str(out), "--out", str(tmp_path / "again.png")]) == 0
    with Image.open(out) as first, Image.open(tmp_path / "again.png") as again:
        assert first.tobytes() == again.tobytes()
