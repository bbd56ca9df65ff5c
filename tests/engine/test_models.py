"""Models by name, plans with nothing left open, and what a person is told about them."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.downloads.fetch import ExpectedFile
from engine.downloads.http import allowed
from engine.errors import EngineError
from engine.guides.clip_architecture import named_architecture
from engine.guides.guide import as_understood
from engine.models import LoadedModels, ModelNames, load_models
from engine.networks.vqgan import VQGAN
from engine.painting.painter import paint
from engine.painting.plan import notices_for, plan_for
from engine.pipeline import with_defaults
from engine.pocket.scorer import tokenize, words
from engine.registry import packaged
from engine.registry.clips import PUBLISHED_CLIP
from engine.settings import EngineSettings
from store.reader.scripts import script
from store.reader.vocabulary import COLOURS, SHAPES, subjects, things
from store.request import presets
from store.request.request import DrawRequest

NOWHERE = Path("nowhere")


@pytest.mark.parametrize("entry", [e for e in packaged.MODELS if e.packaged], ids=lambda e: e.kind)
def test_packaged_weights_are_those_of_the_manifest(entry: packaged.PackagedModel) -> None:
    data = entry.path(NOWHERE).read_bytes()
    assert len(data) == entry.size_bytes
    assert hashlib.sha256(data).hexdigest() == entry.sha256
    path = entry.path(NOWHERE)
    assert path.is_file() and path.stat().st_size == entry.size_bytes


def test_packaged_weights_fit_into_the_package() -> None:
    assert sum(e.size_bytes for e in packaged.MODELS if e.packaged) <= 30_000_000


def test_what_is_known_of_a_clip_fits_its_architecture() -> None:
    for model in PUBLISHED_CLIP.values():
        network = named_architecture(model.architecture)
        assert model.title.endswith(f", {network.side} px")
        beside = [file for file, _ in model.files[1:]]
        assert beside == list(network.tokenizer_files)
        for file, sources in model.files:
            ExpectedFile.of(sources, Path(file))  # its mirrors do not contradict each other
            assert all(allowed(source.url) for source in sources)
            size = sources[0].size_bytes
            assert size is None or 0 < size - model.memory_bytes < 100_000


def test_an_unknown_model_names_the_near_ones() -> None:
    with pytest.raises(EngineError, match="pocket"):
        load_models(ModelNames(vqgan="poket"), "cpu", NOWHERE)
    with pytest.raises(EngineError, match="pocket"):
        load_models(ModelNames(clip="something else"), "cpu", NOWHERE)


def test_a_plan_rounds_the_size_to_whole_codes_and_says_so(models: LoadedModels) -> None:
    request = DrawRequest("cat", size=(100, 131))
    plan = plan_for(request, models)
    assert (plan.width, plan.height) == (96, 128) or (plan.width, plan.height) == (104, 128)
    (notice,) = notices_for(request, models)
    assert notice.key == "notice-size-rounded"
    assert notice.values == {"width": plan.width, "height": plan.height}
    assert notices_for(DrawRequest("cat", size=(128, 64)), models) == ()


def test_recipes_are_resolved_by_the_models_own_manner(models: LoadedModels) -> None:
    usual = plan_for(DrawRequest("cat"), models)
    for name, more in (("quick", -1), ("standard", 0), ("fine", 1)):
        plan = plan_for(DrawRequest("cat", quality=name), models)
        for mine, own in ((plan.steps, usual.steps), (plan.cutouts, usual.cutouts)):
            assert (mine > own) - (mine < own) == more
    sizes = {
        name: (plan.width, plan.height)
        for name in ("square", "portrait", "landscape", "wide")
        if (plan := plan_for(DrawRequest("cat", shape=name), models))
    }
    assert sizes["square"] == (512, 512) and sizes["portrait"] == sizes["landscape"][::-1]
    for width, height in sizes.values():
        assert width % 8 == height % 8 == 0
        assert width * height == pytest.approx(512 * 512, rel=0.05)
    assert notices_for(DrawRequest("cat", shape="wide"), models) == ()  # nobody named a size


def test_what_is_asked_for_in_numbers_outweighs_a_recipe(models: LoadedModels) -> None:
    request = DrawRequest("cat", size=(64, 64), steps=7, cutouts=3, quality="fine", shape="wide")
    plan = plan_for(request, models)
    assert (plan.width, plan.height, plan.steps, plan.cutouts) == (64, 64, 7, 3)


def test_a_recipe_counts_from_the_steps_of_the_settings() -> None:
    engine_harness = EngineSettings(_env_file=None, steps=100)
    assert with_defaults(DrawRequest("cat", quality="quick"), engine_harness).steps == 50
    assert with_defaults(DrawRequest("cat", quality="quick", steps=9), engine_harness).steps == 9
    assert with_defaults(DrawRequest("cat"), engine_harness).steps == 100


def test_stages_grow_to_the_final_size(models: LoadedModels) -> None:
    plan = plan_for(DrawRequest("cat", size=(128, 256), steps=10), models)
    sizes = [plan.stage_size(number) for number in range(11)]
    assert sizes == sorted(sizes)
    assert sizes[-1] == (256, 128)
    assert all(side % plan.cell == 0 for size in sizes for side in size)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("кот", "cyrillic"),
        ("a cat", "latin"),
        ("кот on blue background", "latin"),
        ("красный кот на blue", "cyrillic"),
        ("🐱", "latin"),
        ("1917", "latin"),
        ("ёж", "cyrillic"),
    ],
)
def test_a_phrase_goes_to_the_guide_of_its_script(text: str, expected: str) -> None:
    assert script(text) == expected


def test_unknown_words_are_named(models: LoadedModels) -> None:
    (notice,) = notices_for(DrawRequest("квантовый кот | a blockchain cat"), models)
    assert notice.key == "notice-words-unknown"
    assert notice.values == {"words": "квантовый, blockchain"}


def test_a_phrase_outside_the_world_is_told_what_is_related(models: LoadedModels) -> None:
    (notice,) = notices_for(DrawRequest("щука"), models)
    assert notice.key == "notice-outside-world"
    assert models.drawn is not None
    known = models.drawn.things - {shape.key for shape in SHAPES}
    assert notice.values == {"near": "рыбу", "count": len(known)}
    (notice,) = notices_for(DrawRequest("гравитация"), models)
    assert notice.key == "notice-words-unknown"


def test_unknown_words_leave_what_is_known_as_it_is(models: LoadedModels) -> None:
    (guide,) = models.guides["cyrillic"]
    assert as_understood(guide, "чёрный кот в скафандре на синем") == (
        "a black cat on a blue background"
    )
    assert as_understood(guide, "синхрофазотрон") == "синхрофазотрон"
    plain, strange = (
        list(paint(DrawRequest(text, seed=1, steps=1, cutouts=2, size=(96, 96)), models))[-1].image
        for text in ("нарисуй кота", "кот в скафандре")
    )
    assert torch.equal(plain, strange)


def test_more_steps_are_smaller_ones_and_a_better_preset_has_more_drafts(
    models: LoadedModels,
) -> None:
    quick, standard, fine = (
        plan_for(DrawRequest("кот", quality=name), models) for name in presets.QUALITIES
    )
    assert quick.drafts < standard.drafts < fine.drafts
    assert quick.learning_rate == standard.learning_rate
    assert fine.steps * fine.learning_rate == standard.steps * standard.learning_rate
    typed = plan_for(DrawRequest("кот", quality="fine", learning_rate=0.2), models)
    assert typed.learning_rate == 0.2


def test_a_picture_of_an_earlier_edition_is_painted_as_it_was(models: LoadedModels) -> None:
    request = DrawRequest("кот в скафандре", seed=1)
    assert plan_for(request, models).edition == len(models.earlier) + 1 >= 2
    first = plan_for(replace(request, edition=1), models)
    assert (first.edition, first.width, first.height, first.finish) == (1, 256, 256, "none")
    stored = json.loads(request.to_json())
    del stored["edition"]
    assert plan_for(DrawRequest.from_json(json.dumps(stored)), models) == first


@pytest.mark.parametrize(
    "text", ["нарисуй красного котёнка", "Purple Hearts", "🐱", "звёзды", "коты", "на синем фоне"]
)
def test_known_words_and_their_forms_are_known(models: LoadedModels, text: str) -> None:
    assert notices_for(DrawRequest(text), models) == ()


def test_the_world_is_named_once_in_both_languages() -> None:
    assert len(things()) >= 150 and len(SHAPES) == len(COLOURS) == 12
    for language in ("english", "russian"):
        names = [n if isinstance(n, str) else n.nominative
                 for s in subjects() for n in getattr(s, language)]  # fmt: skip
        assert len(names) == len(set(names))


@pytest.mark.parametrize("text", ["", "!?", "\U0001f431\u200d\U0001f680", "щ" * 400, "a b " * 100])
def test_any_text_has_a_vector(models: LoadedModels, text: str) -> None:
    vector = models.guides["latin"][0].encode_text([text])
    assert vector.isfinite().all() and vector.norm().item() == pytest.approx(1, abs=1e-4)


def test_a_text_means_the_same_alone_and_in_company(models: LoadedModels) -> None:
    (guide,) = models.guides["latin"]
    alone = guide.encode_text(["кот"])[0]
    among = guide.encode_text(["кот", "красный круг на очень синем фоне"])[0]
    assert torch.allclose(alone, among, atol=1e-5)


def test_words_fold_case_and_yo() -> None:
    assert words("Ёлка, КОТ!  ❤️") == ["елка", "кот", "❤"]
    assert torch.equal(tokenize(["Ёж"]), tokenize(["еж"]))


def test_quantise_takes_the_nearest_code_and_passes_the_gradient(models: LoadedModels) -> None:
    vqgan: VQGAN = models.vqgan
    latent = torch.randn(1, vqgan.shape.embed_dim, 3, 5, requires_grad=True)
    codes = vqgan.quantise(latent)
    flat = latent.detach()[0].flatten(1).T
    nearest = torch.cdist(flat, vqgan.codebook).argmin(1)
    assert torch.allclose(codes[0].flatten(1).T, vqgan.codebook[nearest], atol=1e-5)
    pull = torch.randn_like(codes)
    (gradient,) = torch.autograd.grad(codes, latent, pull)
    assert torch.equal(gradient, pull)
