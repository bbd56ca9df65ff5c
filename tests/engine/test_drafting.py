"""A picture begins with a drafter's best draft, from files of the published format."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from engine import hardware
from engine.__main__ import main
from engine.drafters.drafter import DraftRequest
from engine.drafters.networks.sandwich import SandwichShape, TextCodeModel
from engine.errors import EngineError
from engine.models import LoadedModels, ModelNames, load_models
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape, to_json
from engine.painting import memory_budget
from engine.painting.painter import paint
from engine.painting.plan import notices_for, plan_for
from engine.painting.start import drafting, given
from engine.painting.step import Step
from engine.registry.folder import drafters_on_disk
from engine.weights.folders import BPE
from store.errors import RequestError
from store.request.request import DrawRequest
from tests.engine.drafters.small_models import scattered

SIDE, CODES = 8, 32
SHAPE = SandwichShape(
    layers=4, width=32, heads=16, text=8, side=SIDE, text_vocabulary=16 + 8,
    code_vocabulary=CODES, codes=CODES,
)  # fmt: skip
VQGAN_SHAPE = VqganShape(
    ch=32, ch_mult=(1, 1, 1, 1), num_res_blocks=1, attn_resolutions=(), resolution=64,
    z_channels=8, embed_dim=8, n_embed=CODES, quantiser="gumbel",
)  # fmt: skip
REQUEST = DrawRequest(
    "красный круг", vqgan="sber_gumbel_f8", draft="malevich", seed=3, steps=2, drafts=3,
    size=(64, 64), cutouts=2,
)  # fmt: skip


def write_models(folder: Path) -> None:
    """Write a small ruDALL-E and its VQGAN where `models pull` puts the published ones."""
    place = folder / "malevich"
    place.mkdir()
    torch.save(
        {k: v.half() for k, v in scattered(TextCodeModel(SHAPE)).state_dict().items()}
        | {"transformer.row_mask": torch.ones(2, 2, dtype=torch.bool)},
        place / "weights.bin",
    )
    letters = {letter: number for number, letter in enumerate("\u2581кругасный", start=4)}
    lines = [f"{len(letters)} 0", *(f"{ord(c)} {i}" for c, i in letters.items()), "1 0 2 3"]
    (place / BPE).write_text("\n".join(lines))
    torch.manual_seed(0)
    state = {key: value.clone() for key, value in VQGAN(VQGAN_SHAPE).state_dict().items()}
    metadata = {"format": "pt", "kind": "mazok vqgan 1", "shape": to_json(VQGAN_SHAPE)}
    save_file(state, folder / "sber_gumbel_f8.safetensors", metadata)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a models' folder with a small ruDALL-E."""
    folder = tmp_path_factory.mktemp("models")
    write_models(folder)
    return folder


@pytest.fixture
def models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedModels:
    """Load them in full precision, so that resumed drafts are the same to the bit."""
    monkeypatch.setattr("engine.drafters.load.weights_dtype", lambda device: torch.float32)
    return load_models(ModelNames("sber_gumbel_f8", draft="malevich"), "cpu", folder)


@pytest.fixture(autouse=True)
def every_row(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Show each row of the drafts, instead of one every few seconds."""
    monkeypatch.setattr(drafting, "SECONDS", 0.0)
    yield


def painted(models: LoadedModels, request: DrawRequest = REQUEST) -> list[Step]:
    return list(paint(request, models))


def test_the_draft_grows_row_by_row_before_the_first_step(models: LoadedModels) -> None:
    steps = painted(models)
    assert [step.number for step in steps] == [0] * SIDE + [1, 2]
    assert [step.drafting for step in steps] == [True] * (SIDE - 1) + [False] * 3
    images = [step.image for step in steps[: SIDE - 1]]
    assert all(image.shape == (3, 64, 64) for image in images)
    assert all(not torch.equal(a, b) for a, b in pairwise(images))


def test_a_picture_without_steps_is_the_best_draft(models: LoadedModels) -> None:
    *_, step = painted(models, replace(REQUEST, steps=0))
    assert (step.number, step.total) == (0, 0)
    drafter = models.drafter
    assert drafter is not None
    request = DraftRequest("красный круг", (SIDE, SIDE), 3, 3, drafter.sampling)
    *_, codes = drafter.draft(request)
    with torch.no_grad():
        drafts = drafting.decoded(codes, models.vqgan)
    assert any(torch.allclose(draft, step.image, atol=1e-5) for draft in drafts)


def test_what_was_interrupted_at_any_row_ends_as_the_same_picture(models: LoadedModels) -> None:
    whole = painted(models)[-1].image
    for row in (0, 3, SIDE - 2, SIDE):
        steps = paint(REQUEST, models)
        for _ in range(row + 1):
            state = next(steps).state()
        *_, last = paint(REQUEST, models, state)
        assert torch.equal(last.image, whole), row


def test_the_seed_and_the_words_make_the_picture(models: LoadedModels) -> None:
    first = painted(models, replace(REQUEST, steps=0))[-1].image
    for other in (replace(REQUEST, seed=4), replace(REQUEST, prompt="синий круг")):
        assert not torch.equal(painted(models, replace(other, steps=0))[-1].image, first)


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
    place = tmp_path / "malevich"
    (place / "weights.bin").rename(place / "weights.safetensors")
    (offered,) = drafters_on_disk(tmp_path, 16 * 10**9)
    assert (offered.name, offered.title, offered.reads) == (
        "malevich", "ruDALL-E Malevich", ("cyrillic",),
    )  # fmt: skip
    assert drafters_on_disk(tmp_path, 2 * 10**9) == ()  # larger than the memory
    (tmp_path / "sber_gumbel_f8.safetensors").unlink()
    assert drafters_on_disk(tmp_path, None) == ()


@pytest.mark.parametrize("size", [(64, 128), (128, 64), (64, 96)])
def test_tall_and_wide_pictures_are_drafted_whole(
    models: LoadedModels, size: tuple[int, int]
) -> None:
    *_, step = painted(models, replace(REQUEST, steps=0, size=size))
    assert step.image.shape == (3, size[1], size[0])


def test_a_larger_picture_is_painted_on_from_the_draft(models: LoadedModels) -> None:
    *_, step = painted(models, replace(REQUEST, size=(128, 128)))
    assert step.image.shape == (3, 128, 128)


def test_words_that_the_drafter_cannot_read_are_refused(models: LoadedModels) -> None:
    with pytest.raises(EngineError) as error:
        painted(models, replace(REQUEST, prompt="a red circle"))
    assert error.value.key == "drafter-language"


def test_a_drafter_needs_the_vqgan_of_its_codes(folder: Path) -> None:
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("pocket", draft="malevich"), "cpu", folder)
    assert error.value.key == "drafter-vqgan"


def test_a_drafter_that_is_not_on_disk_or_not_known_is_named(folder: Path, tmp_path: Path) -> None:
    for name, key in (("rudolph", "model-missing"), ("malevitch", "model-unknown")):
        with pytest.raises(EngineError) as error:
            load_models(ModelNames("sber_gumbel_f8", draft=name), "cpu", folder)
        assert error.value.key == key


def test_a_drafter_that_is_larger_than_the_memory_is_told_before_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "free_memory", lambda device: 8e9)
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("sber_gumbel_f8", draft="kandinsky"), "cpu", folder)
    assert error.value.key == "memory-drafter" and "23" in str(error.value)


def test_a_drafter_without_its_vqgan_or_cut_short_is_told(folder: Path, tmp_path: Path) -> None:
    write_models(tmp_path)
    weights = tmp_path / "malevich" / "weights.bin"
    weights.write_bytes(weights.read_bytes()[:-500])
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("sber_gumbel_f8", draft="malevich"), "cpu", tmp_path)
    assert error.value.key == "checkpoint-damaged"
    (tmp_path / "sber_gumbel_f8.safetensors").unlink()
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("sber_gumbel_f8", draft="malevich"), "cpu", tmp_path)
    assert error.value.key == "model-missing-pull"


@pytest.mark.parametrize("damage", ["missing", "size", "tokenizer"])
def test_damaged_files_are_named(tmp_path: Path, damage: str) -> None:
    write_models(tmp_path)
    place = tmp_path / "malevich"
    weights = torch.load(place / "weights.bin")
    if damage == "missing":
        del weights["transformer.layers.2.mlp.dense_h_to_4h.weight"]
    if damage == "size":
        weights["to_logits.1.bias"] = torch.zeros(3)
    torch.save(weights, place / "weights.bin")
    if damage == "tokenizer":
        (place / BPE).write_text("4 1")
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("sber_gumbel_f8", draft="malevich"), "cpu", tmp_path)
    assert error.value.key == "drafter-unreadable"


@pytest.mark.parametrize(
    "values",
    [
        {"drafts": 0}, {"drafts": 1000}, {"temperature": 0.0}, {"temperature": float("nan")},
        {"top_k": 0}, {"top_p": 0.0}, {"top_p": 2.0}, {"draft": None, "top_k": 5},
        {"keep": 4}, {"keep": 0}, {"keep": 2, "pick": 3}, {"pick": 2}, {"init_noise": "codes"},
        {"init": "a.png"}, {"steps": -1},
    ],
)  # fmt: skip
def test_requests_that_mean_nothing_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        replace(REQUEST, **values)  # type: ignore[arg-type]


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


def test_drafts_that_do_not_fit_into_the_memory_are_told_with_how_many_would(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafter = models.drafter
    assert drafter is not None
    plan = plan_for(REQUEST, models)
    wanted = drafting.draft_request(REQUEST, drafter, plan)
    two = drafter.memory(replace(wanted, count=2))
    monkeypatch.setattr(hardware, "free_memory", lambda device: two / 0.9 + 1)
    with pytest.raises(EngineError) as error:
        memory_budget.check_drafts(models, REQUEST, plan)
    assert (error.value.key, error.value.values["most"]) == ("memory-drafts", 2)
    memory_budget.check_drafts(models, replace(REQUEST, drafts=2), replace(plan, drafts=2))


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


@pytest.mark.parametrize(("border", "key"), [("up=8", "border-all"), ("up=1", "map-useless")])
def test_nothing_to_draw_and_a_useless_map_are_told(
    models: LoadedModels, border: str, key: str
) -> None:
    told = {"complete": "a.png", "border": border} if key == "border-all" else {"map": "a.png"}
    request = replace(REQUEST, **told)  # type: ignore[arg-type]
    with pytest.raises(EngineError) as error:
        list(paint(request, models, pictures=lambda _: torch.zeros(1, 3, 64, 64)))
    assert error.value.key == key


@pytest.mark.parametrize("border", ["", "up", "up=0", "up=x", "up=1,up=2", "in=3", "up=9999"])
def test_borders_that_mean_nothing_are_refused(border: str) -> None:
    with pytest.raises(RequestError):
        replace(REQUEST, complete="a.png", border=border)
