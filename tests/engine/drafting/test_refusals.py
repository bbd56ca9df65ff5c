"""What cannot be drafted is told in one sentence, before anything is drawn."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine import hardware
from engine.errors import EngineError
from engine.models import LoadedModels, ModelNames, load_models
from engine.painting import memory_budget
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from engine.painting.start import drafting
from engine.weights.folders import BPE
from store.errors import RequestError
from tests.engine.drafting.small_rudalle import REQUEST, painted, write_models


def test_words_that_the_drafter_cannot_read_are_refused(models: LoadedModels) -> None:
    with pytest.raises(EngineError) as error:
        painted(models, replace(REQUEST, prompt="a red circle"))
    assert error.value.key == "drafter-language"


def test_a_drafter_needs_the_vqgan_of_its_codes(folder: Path) -> None:
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("pocket", draft="malevich"), "cpu", folder)
    assert error.value.key == "drafter-vqgan"


def test_a_drafter_that_is_not_on_disk_or_not_known_is_named(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name, key in (
        ("rudolph", "model-missing-pull"),
        ("malevitch", "model-unknown"),
        (str(own), "drafter-incomplete"),
        (str(folder / "malevich/weights.bin"), "drafter-file"),
    ):
        with pytest.raises(EngineError) as error:
            load_models(ModelNames("sber_gumbel_f8", draft=name), "cpu", folder)
        assert error.value.key == key
        with pytest.raises(EngineError) as error:  # said first, as it brings the VQGAN too
            load_models(ModelNames("sber_gumbel_f8", draft=name), "cpu", tmp_path)
        assert error.value.key == key
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("sber_gumbel_f8", draft="kandinsky"), "cpu", folder)
    assert error.value.key in ("model-only-by-hand", "memory-drafter")


def test_a_drafter_whose_download_was_interrupted_is_told(tmp_path: Path) -> None:
    write_models(tmp_path)
    (tmp_path / "malevich" / BPE).unlink()
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("sber_gumbel_f8", draft="malevich"), "cpu", tmp_path)
    assert (error.value.key, error.value.values["own"]) == ("model-missing-pull", "malevich")
    with pytest.raises(EngineError) as error:
        names = ModelNames("sber_gumbel_f8", draft=str(tmp_path / "malevich"))
        load_models(names, "cpu", tmp_path)
    assert (error.value.key, error.value.values["file"]) == ("drafter-incomplete", BPE)


def test_a_drafter_that_is_larger_than_the_memory_is_told_before_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "free_memory", lambda device: 8e9)
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("sber_gumbel_f8", draft="kandinsky"), "cpu", folder)
    assert error.value.key == "memory-drafter" and "23" in str(error.value)
    monkeypatch.setattr("engine.drafters.load.weights_dtype", lambda device: torch.float32)
    monkeypatch.setattr(hardware, "free_memory", lambda device: 4e9)  # 2.6 in half precision
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("sber_gumbel_f8", draft="malevich"), "cpu", folder)
    assert (error.value.key, error.value.values["need"]) == ("memory-drafter", 5.2)


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
