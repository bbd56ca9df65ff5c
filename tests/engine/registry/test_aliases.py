"""Models by the names that notebooks and other projects use, and the way to one that is absent."""

from pathlib import Path

import pytest

from engine.errors import EngineError, sentence
from engine.models import ModelNames, load_models
from engine.pipeline import with_defaults
from engine.registry.aliases import canonical, canonical_name
from engine.registry.pull import chosen_downloads
from engine.settings import EngineSettings
from store.request.request import DrawRequest

VQGANS = [
    ("imagenet_f16_16384", "imagenet_f16_16384"),
    ("vqgan_imagenet_f16_16384", "imagenet_f16_16384"),
    ("vqgan_imagenet_f16_1024", "imagenet_f16_1024"),
    ("imagenet_16384", "imagenet_f16_16384"),
    ("openimages_f16_8192", "gumbel_f8_8192"),
    ("vqgan_openimages_f16_8192", "gumbel_f8_8192"),
    ("wikiart_f16_16384", "wikiart_16384"),
    ("sflickr", "sflckr"),
    ("vq-f8-n256", "vq_f8_256"),
    ("vqgan.gumbelf8-sber.model", "sber_gumbel_f8"),
    ("pocket", "pocket"),
    ("my.ckpt", "my.ckpt"),
]
GUIDES = [
    ("ViT-B/32", "ViT-B-32/openai"),
    ("vit-b-32", "ViT-B-32/openai"),
    ("ViT-L/14@336px", "ViT-L-14-336/openai"),
    ("RN50x4", "RN50x4/openai"),
    ("openai/clip-vit-base-patch32", "ViT-B-32/openai"),
    ("openai/clip-vit-large-patch14-336", "ViT-L-14-336/openai"),
    ("ai-forever/ruclip-vit-base-patch32-384", "ruclip-vit-base-patch32-384"),
    ("sberbank-ai/ruclip-vit-large-patch14-336", "ruclip-vit-large-patch14-336"),
    ("ViT-B-32:my.pt", "ViT-B-32:my.pt"),
]


@pytest.mark.parametrize(("name", "own"), VQGANS)
def test_a_vqgan_has_other_names(name: str, own: str) -> None:
    assert canonical_name("vqgan", name) == own


@pytest.mark.parametrize(("name", "own"), GUIDES)
def test_a_guide_has_other_names(name: str, own: str) -> None:
    assert canonical_name("clip", name) == own


def test_a_file_of_such_a_name_is_that_file(at_home: Path) -> None:
    (at_home / "ViT-B").mkdir()
    (at_home / "ViT-B" / "32").touch()
    assert canonical_name("clip", "ViT-B/32") == "ViT-B/32"


def test_requests_and_settings_name_models_by_their_own_names() -> None:
    settings = EngineSettings(_env_file=None, vqgan="VQGAN_imagenet_f16_16384", clip="RN50,pocket")
    whole = with_defaults(DrawRequest("cat", guide="ViT-B/16"), settings)
    assert (whole.vqgan, whole.clip) == ("imagenet_f16_16384", "RN50/openai,pocket")
    assert (whole.ruclip, whole.guide) == ("pocket", "ViT-B-16/openai")
    assert canonical("clip", "ViT-B/32, RN50x4") == "ViT-B-32/openai,RN50x4/openai"
    (spec,) = chosen_downloads(["vqgan_imagenet_f16_16384"])
    assert spec.name == "imagenet_f16_16384"
    assert chosen_downloads(["ViT-B/32"])[0].name == "ViT-B-32/openai"


@pytest.mark.parametrize(
    ("names", "ending"),
    [
        (ModelNames(vqgan="imagenet_f16_16384"), "pull imagenet_f16_16384"),
        (ModelNames(vqgan="openimages_f16_8192"), "pull gumbel_f8_8192"),
        (ModelNames(clip="ViT-L/14@336px"), "pull ViT-L-14-336/openai"),
        (ModelNames(ruclip="ruclip-vit-base-patch32-384"), "pull ruclip-vit-base-patch32-384"),
    ],
)
def test_what_is_known_but_absent_ends_with_what_brings_it(names: ModelNames, ending: str) -> None:
    with pytest.raises(EngineError) as refused:
        load_models(names, "cpu", Path("nowhere"))
    for language in ("en", "ru"):
        assert sentence(refused.value, language).endswith(f"python -m engine models {ending}")


def test_what_no_program_can_fetch_says_where_it_is() -> None:
    with pytest.raises(EngineError, match=r"no program can fetch it\. Unpack https://"):
        load_models(ModelNames(vqgan="vq-f8"), "cpu", Path("nowhere"))
