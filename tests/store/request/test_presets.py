"""Recipes: factors of what a model does by itself, and shapes of the same area."""

import math

import pytest

from store.errors import RequestError
from store.request import presets
from store.request.presets import QUALITIES, SHAPES
from store.request.request import DrawRequest
from store.texts import LANGUAGES, sentence, store_texts


@pytest.mark.parametrize("usual", [36, 300])
def test_a_finer_quality_takes_more_of_everything(usual: int) -> None:
    steps = [QUALITIES[name].steps_of(usual) for name in ("quick", "standard", "fine")]
    cutouts = [QUALITIES[name].cutouts_of(usual) for name in ("quick", "standard", "fine")]
    assert steps == sorted(set(steps)) and cutouts == sorted(set(cutouts))
    assert steps[1] == cutouts[1] == usual


def test_the_least_work_is_one_step_and_one_cutout() -> None:
    assert all(one.steps_of(1) >= 1 and one.cutouts_of(1) >= 1 for one in QUALITIES.values())


def test_every_shape_has_the_usual_area() -> None:
    for shape in SHAPES.values():
        width, height = shape.size_of((256, 384))
        assert width * height == pytest.approx(256 * 384)
        assert width / height == pytest.approx(shape.across / shape.down)
    across = {name: math.log(one.across / one.down) for name, one in SHAPES.items()}
    assert across["portrait"] < across["square"] == 0 < across["landscape"] < across["wide"]


@pytest.mark.parametrize(
    ("field", "value", "near"),
    [
        ("quality", "fien", "fine"),
        ("quality", "Quick", "quick"),
        ("quality", "", "quick, standard, fine"),
        ("shape", "portait", "portrait"),
        ("shape", "xyz", "square, portrait, landscape, wide"),
    ],
)
def test_an_unknown_recipe_names_the_near_ones(field: str, value: str, near: str) -> None:
    with pytest.raises(RequestError) as refused:
        DrawRequest("кот", **{field: value})  # type: ignore[arg-type]
    assert refused.value.key == f"request-{field}" and refused.value.values["near"] == near
    for language in LANGUAGES:
        assert near in sentence(refused.value, language)


def test_a_recipe_that_is_no_text_is_refused() -> None:
    for value in ("7", "[]", "{}", "true"):
        with pytest.raises(RequestError):
            DrawRequest.from_json(f'{{"prompt": "cat", "quality": {value}}}')


def test_every_recipe_has_a_name_in_both_languages() -> None:
    for language in LANGUAGES:
        told = [store_texts()(language, f"quality-{name}") for name in QUALITIES]
        told += [store_texts()(language, f"shape-{name}") for name in SHAPES]
        assert len(set(told)) == len(QUALITIES) + len(SHAPES)


def test_a_request_keeps_its_recipe() -> None:
    request = DrawRequest("кот", quality="fine", shape="wide")
    assert DrawRequest.from_json(request.to_json()) == request
    assert presets.quality("fine") is QUALITIES["fine"] and presets.shape("wide").across == 16
