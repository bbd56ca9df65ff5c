"""Guides together: several at once, one for all scripts, texts too long for them."""

import json
import logging
import socket
from pathlib import Path
from typing import NoReturn, cast

import pytest
import torch

from engine.errors import EngineError, sentence
from engine.guides.clip import ClipGuide
from engine.guides.clip_tokenizers import FileTokenizer
from engine.guides.guide import Guide, truncate
from engine.guides.text_cache import TextEmbeddingCache
from engine.models import LoadedModels, ModelNames, load_models
from engine.painting.conditioning import phrase_targets
from engine.painting.optimisation.losses import spherical_distance
from engine.painting.painter import paint
from engine.painting.plan import notices_for
from engine.painting.start.prior import prior_drafts
from engine.pipeline import open_pipeline, with_defaults
from engine.settings import EngineSettings
from store.errors import RequestError
from store.request.request import DrawRequest, model_names
from tests.fixtures.models.guide import english_clip, many_clip, write_tokenizer

pytestmark = pytest.mark.thorough

CPU = torch.device("cpu")
NOWHERE = Path("nowhere")
QUICK = {"seed": 1, "steps": 1, "cutouts": 2, "size": (32, 32), "init_noise": "flat"}


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"Small:{english_clip(tmp_path_factory.mktemp('guides') / 'english')}"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"Small-xlm:{many_clip(tmp_path_factory.mktemp('guides') / 'many')}"


@pytest.fixture(scope="module")
def both(english: str) -> LoadedModels:
    return load_models(ModelNames(clip=f"pocket,{english}"), "cpu", NOWHERE)


def test_several_guides_share_a_phrase_and_its_weight(both: LoadedModels, english: str) -> None:
    request = DrawRequest("cat:3 | кот:1 | dog:-2", **QUICK)  # type: ignore[arg-type]
    (pocket, all_three), (clip, latin) = phrase_targets(both, request.phrases)
    assert (pocket.name, clip.name) == ("pocket", english)
    assert all_three.weights.tolist() == [1.5, 1.0, -1.0]
    assert latin.weights.tolist() == [1.5, -1.0]
    views = torch.nn.functional.normalize(torch.randn(4, 32), dim=1)
    cat, dog = spherical_distance(views, clip.encode_text(["cat", "dog"])).unbind(1)
    assert torch.allclose(latin(views), 1.5 * cat - 1.0 * dog, atol=1e-4)


def test_the_loss_of_a_guide_named_twice_is_that_of_one(english: str, tmp_path: Path) -> None:
    """Weights keep their meaning: two guides of one mind are as strong as one."""
    link = tmp_path / "again.safetensors"
    link.symlink_to(english.partition(":")[2])
    one = load_models(ModelNames(clip=english), "cpu", NOWHERE)
    two = load_models(ModelNames(clip=f"{english},Small:{link}"), "cpu", NOWHERE)
    request = DrawRequest("cat", **QUICK | {"cutouts": 16})  # type: ignore[arg-type]
    alone, together = next(paint(request, one)), next(paint(request, two))
    assert together.loss == pytest.approx(alone.loss, rel=0.05)


def test_several_guides_paint_together(both: LoadedModels) -> None:
    request = DrawRequest("red cat | кот", **QUICK)  # type: ignore[arg-type]
    assert [step.number for step in paint(request, both)] == [0, 1]


def test_the_prior_drafts_where_its_guide_is_one_of_several(
    both: LoadedModels, english: str
) -> None:
    assert prior_drafts(both, DrawRequest("cat | кот").phrases)
    without = load_models(ModelNames(clip=english), "cpu", NOWHERE)
    assert prior_drafts(without, DrawRequest("кот").phrases)
    assert prior_drafts(without, DrawRequest("cat | кот").phrases) is None


def test_a_guide_for_many_languages_reads_them_all(many: str) -> None:
    models = load_models(ModelNames(clip=many, ruclip=many), "cpu", NOWHERE)
    ((guide, target),) = phrase_targets(models, DrawRequest("red cat | кот").phrases)
    assert guide.name == many and target.vectors.shape == (2, 32)


def test_one_guide_can_be_forced_on_every_phrase(many: str) -> None:
    settings = EngineSettings(_env_file=None)
    request = with_defaults(DrawRequest("red cat | кот", guide=many, **QUICK), settings)  # type: ignore[arg-type]
    models = open_pipeline(settings).load(request)
    assert {guide.name for guide, _ in phrase_targets(models, request.phrases)} == {many}
    assert DrawRequest.from_json(request.to_json()).guide == many


def test_names_of_several_guides_are_checked_one_by_one() -> None:
    assert model_names("a, b,a") == ("a", "b")
    for wrong in ("a,,b", ",", "a,"):
        with pytest.raises(RequestError):
            DrawRequest("cat", clip=wrong)


def test_the_tiny_guide_never_reads_half_of_a_prompt_in_silence(
    english: str, both: LoadedModels, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        models = load_models(ModelNames(clip=english), "cpu", NOWHERE)
    assert "cyrillic script are read by the pocket guide alone" in caplog.text
    (notice,) = notices_for(DrawRequest("a wizard | кот"), models)
    assert sentence(notice, "en").startswith(
        "The words in Cyrillic letters were read by the small model"
    )
    assert "Слова кириллицей читала маленькая" in sentence(notice, "ru").replace("\u2068", "")
    assert notices_for(DrawRequest("a wizard"), models) == ()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        load_models(ModelNames(), "cpu", NOWHERE)
    assert caplog.text == ""


def test_a_word_that_one_of_its_guides_knows_is_no_stranger(both: LoadedModels) -> None:
    assert notices_for(DrawRequest("a blockchain"), both) == ()


@pytest.mark.parametrize("kind", ["english", "many"])
def test_a_text_too_long_for_a_guide_is_cut_where_the_notice_says(
    english: str, many: str, kind: str
) -> None:
    name = english if kind == "english" else many
    models = load_models(ModelNames(clip=name, ruclip=name), "cpu", NOWHERE)
    words = [f"red cat{'' if n % 3 else 'circle'}" for n in range(45)]
    text = " ".join(words)
    (notice,) = notices_for(DrawRequest(text), models)
    end = str(notice.values["end"])
    assert "only as far as" in sentence(notice, "en") and end in text
    guide = models.guides["latin"][0]
    kept = guide.truncate(text)
    assert kept is not None and kept.endswith(end) and text.startswith(kept)
    assert guide.truncate(kept) is None
    assert notices_for(DrawRequest(kept), models) == ()
    assert torch.equal(guide.encode_text([text]), guide.encode_text([text + " blue"]))


def test_a_word_too_long_for_a_guide_is_cut_in_its_midst() -> None:
    assert truncate("abcdef", len, 4) == "abcd"
    assert truncate("ab cd ef", len, 6) == "ab cd"
    assert truncate("ab cd", len, 5) is None


def test_texts_are_read_once_and_the_oldest_are_forgotten(both: LoadedModels) -> None:
    read: list[str] = []

    class Counting:
        def encode_text(self, texts: list[str]) -> torch.Tensor:
            read.extend(texts)
            return torch.tensor([[float(len(text))] for text in texts])

    guide, cache = cast(Guide, Counting()), TextEmbeddingCache(size=2)
    assert cache(guide, ["a", "bb", "a"]).tolist() == [[1.0], [2.0], [1.0]]
    cache(guide, ["ccc", "a"])
    assert read == ["a", "bb", "ccc"]
    cache(guide, ["bb"])
    assert read == ["a", "bb", "ccc", "bb"]


def test_a_picture_does_not_depend_on_what_was_read_before(both: LoadedModels) -> None:
    texts = ["cat", "красный круг на синем фоне"]
    guide = both.guides["latin"][0]
    alone = torch.cat([TextEmbeddingCache()(guide, [text]) for text in texts])
    assert torch.equal(TextEmbeddingCache()(guide, texts), alone)


def test_a_tokenizer_frames_pads_and_cuts(tmp_path: Path) -> None:
    write_tokenizer(tmp_path)
    reader = FileTokenizer(tmp_path, context=6)
    cat = reader._tokenizer.token_to_id("▁cat")
    assert reader(["cat"]).tolist() == [[0, cat, 2, 1, 1, 1]]
    assert reader(["cat  cat"]).tolist() == [[0, cat, cat, 2, 1, 1]]
    assert reader(["cat " * 9]).tolist() == [[0, cat, cat, cat, cat, 2]]
    assert reader([""]).tolist() == [[0, 2, 1, 1, 1, 1]]
    assert reader.length("cat " * 9) == 11


def test_what_fills_a_text_up_means_nothing(many: str) -> None:
    architecture, _, file = many.partition(":")
    guide = ClipGuide(architecture, Path(file), CPU)
    ids = guide.tokenizer(["кот"])
    short = guide.model.text(ids[:, : int((ids != 1).sum())])
    assert torch.allclose(guide.model.text(ids), short, atol=1e-6)


def test_nothing_is_fetched_to_paint(many: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    models = load_models(ModelNames(clip=many, ruclip=many), "cpu", NOWHERE)
    request = DrawRequest("red cat | кот", **QUICK)  # type: ignore[arg-type]
    assert [step.number for step in paint(request, models)] == [0, 1]


@pytest.mark.parametrize("missing", ["tokenizer.json", "tokenizer_config.json"])
def test_a_missing_tokenizer_is_named(tmp_path: Path, missing: str) -> None:
    file = many_clip(tmp_path / "many")
    (file.parent / missing).unlink()
    with pytest.raises(EngineError) as caught:
        ClipGuide("Small-xlm", file, CPU)
    assert caught.value.key == "model-missing" and missing in str(caught.value.values["path"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tokenizer.json", "<html>"),
        ("tokenizer.json", "{}"),
        ("tokenizer_config.json", "{"),
        ("tokenizer_config.json", json.dumps({"pad_token": "<nothing>"})),
        ("tokenizer_config.json", "[]"),
    ],
)
def test_a_damaged_tokenizer_is_one_sentence(tmp_path: Path, name: str, text: str) -> None:
    file = many_clip(tmp_path / "many")
    (file.parent / name).write_text(text)
    with pytest.raises(EngineError, match="do not fit"):
        ClipGuide("Small-xlm", file, CPU)


@pytest.mark.parametrize("name", ["mt5-base-ViT-B-32", "coca_ViT-B-32"])
def test_an_architecture_that_would_need_the_network_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="in a way that is not supported"):
        ClipGuide(name, tmp_path / "any.safetensors", CPU)


def test_siglip_looks_through_its_own_mean() -> None:
    from engine.guides.clip_architecture import named_architecture

    assert tuple(named_architecture("ViT-B-16-SigLIP-i18n-256").colours[0]) == (0.5, 0.5, 0.5)
    assert tuple(named_architecture("ViT-B-32-quickgelu").colours[0]) == pytest.approx(
        (0.48145466, 0.4578275, 0.40821073)
    )
