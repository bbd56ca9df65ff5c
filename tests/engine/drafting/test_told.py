"""What a drafter is told besides the words, and which of them it reads."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.__main__ import main
from engine.drafters.drafter import DraftRequest
from engine.models import LoadedModels
from engine.painting.painter import paint
from engine.painting.plan import notices_for, plan_for
from engine.painting.start import drafting, given
from engine.registry.folder import drafters_on_disk, on_disk
from tests.engine.drafting.small_rudalle import (
    REQUEST,
    SIDE,
    as_published,
    write_models,
)


def test_a_drafter_reads_those_words_of_a_mixed_prompt_that_it_can(models: LoadedModels) -> None:
    mixed = replace(REQUEST, prompt="красный круг | a blue sea", steps=0)
    drafter = models.drafter
    assert drafter is not None
    assert drafting.draft_request(mixed, drafter, plan_for(mixed, models)).text == "красный круг"
    told = {notice.key: notice.values for notice in notices_for(mixed, models)}
    assert told["notice-draft-unread"] == {"words": "a blue sea"}


def test_a_draft_like_another_begins_as_it_does(models: LoadedModels) -> None:
    drafter = models.drafter
    assert drafter is not None
    first = DraftRequest("красный круг", (SIDE, SIDE), 1, 3)
    other, like = replace(first, seed=4), replace(first, seed=4, near=3)
    one, two, three = (list(drafter.draft(r))[-1].indices[0] for r in (first, other, like))
    assert torch.equal(three[: SIDE // 4], one[: SIDE // 4])
    assert not torch.equal(two[: SIDE // 4], one[: SIDE // 4])
    assert not torch.equal(three, one)
    near = replace(REQUEST, near=(3, 9), seed=4)
    assert drafting.draft_request(near, drafter, plan_for(near, models)).near == 3


def test_an_engine_offers_the_drafters_that_are_whole_fit_and_need_no_map(
    folder: Path, tmp_path: Path
) -> None:
    assert drafters_on_disk(folder, None) == ()  # not the file of the published one
    write_models(tmp_path)
    as_published(tmp_path)
    (offered,) = drafters_on_disk(tmp_path, 16 * 10**9)
    assert (offered.name, offered.title, offered.reads) == (
        "malevich", "ruDALL-E Malevich", ("cyrillic",),
    )  # fmt: skip
    assert drafters_on_disk(tmp_path, 2 * 10**9) == ()  # larger than the memory
    assert on_disk(tmp_path) == (["pocket", "sber_gumbel_f8"], ["pocket"])  # no guide of its own
    (tmp_path / "sber_gumbel_f8.safetensors").unlink()
    assert drafters_on_disk(tmp_path, None) == ()


def test_the_command_line_draws_from_a_drafter(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MAZOK_MODELS", str(folder))
    out = tmp_path / "круг.png"
    arguments = ["draw", "красный круг", "--draft", "malevich", "--steps", "0", "--drafts", "2"]
    assert main([*arguments, "--seed", "1", "--size", "64x64", "--out", str(out), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["steps"], report["vqgan"]) == (0, "sber_gumbel_f8")
    with Image.open(out) as picture:
        first = np.asarray(picture)
    again = tmp_path / "again.png"
    assert main(["draw", "--again", str(out), "--out", str(again)]) == 0
    with Image.open(again) as picture:
        assert np.array_equal(np.asarray(picture), first)
    few = ["--draft", "none", "--steps", "1", "--cutouts", "1"]
    assert main(["draw", "--again", str(out), *few, "--out", str(again), "--json"]) == 0
    capsys.readouterr()
    with Image.open(again) as picture:
        assert "malevich" not in str(picture.info)
        assert not np.array_equal(np.asarray(picture), first)


def test_words_of_a_drafter_are_refused_in_one_sentence(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MAZOK_MODELS", str(folder))
    out = tmp_path / "new" / "picture.png"
    out.parent.mkdir()
    for words in ("a red circle", "12345"):
        arguments = ["draw", words, "--draft", "malevich", "--steps", "0", "--out", str(out)]
        assert main(arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "malevich" in line
    assert list(out.parent.iterdir()) == []


def test_the_border_of_a_picture_stays_while_the_rest_is_drawn(models: LoadedModels) -> None:
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    request = replace(REQUEST, steps=0, complete="a.png", border="up=3,right=1")
    drafter = models.drafter
    assert drafter is not None
    plan = plan_for(request, models)
    codes = given.given_codes(request, drafter, models.vqgan, plan, lambda _: picture)
    assert codes is not None and int(codes.known.sum()) == 3 * SIDE + SIDE - 3
    with torch.no_grad():
        own = models.vqgan.nearest(models.vqgan.encode(picture))
    wanted = drafting.draft_request(request, drafter, plan, codes)
    *_, drawn = drafter.draft(wanted)
    assert torch.equal(drawn.indices[:, codes.known], own[:, codes.known].expand(3, -1))
    half = given.given_codes(
        replace(request, border=None), drafter, models.vqgan, plan, lambda _: picture
    )
    assert half is not None and int(half.known.sum()) == SIDE * SIDE // 2
    *_, step = paint(request, models, pictures=lambda _: picture)
    assert step.image.shape == (3, 64, 64)
