"""What words in answer to a picture change of its request."""

import pytest

from store.errors import RequestError
from store.request.changes import changed
from store.request.request import DrawRequest

BEFORE = DrawRequest(prompt="рыжий кот", size=(512, 512), seed=7, steps=50, quality="fine")


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("+ снег", "рыжий кот | снег"),
        ("больше снега", "рыжий кот | снега"),
        ("добавь шляпу", "рыжий кот | шляпу"),
        ("more snow", "рыжий кот | snow"),
        ("- снег", "рыжий кот | снег:-0.5"),
        ("— снег", "рыжий кот | снег:-0.5"),
        ("без фона", "рыжий кот | фона:-0.5"),
        ("without snow", "рыжий кот | snow:-0.5"),
        ("белый пёс", "белый пёс"),
    ],
)
def test_76_words_change_the_prompt_and_begin_with_the_picture(text: str, prompt: str) -> None:
    change = changed(text, BEFORE)
    assert change.request.prompt == prompt and change.from_picture
    assert (change.request.size, change.request.seed) == ((512, 512), None)


def test_76_each_scene_gets_the_phrase() -> None:
    assert (
        changed("+ снег", DrawRequest(prompt="кот ^ пёс")).request.prompt
        == "кот | снег ^ пёс | снег"
    )


def test_76_parameters_beside_added_words_are_parameters() -> None:
    change = changed("+ снег, 3:2", BEFORE)
    assert (change.request.prompt, change.request.shape) == ("рыжий кот | снег", "3:2")
    assert change.from_picture
    film = changed("без анимации", BEFORE)
    assert (film.request.film, film.request.prompt, film.request.seed) == (False, "рыжий кот", 7)
    assert not film.from_picture
    assert changed("+ 3:2", BEFORE).request.prompt == "рыжий кот"


@pytest.mark.parametrize("text", ["ещё", "Еще раз", "again", "one more", "ещё, 3:2"])
def test_76_another_one_is_the_same_words_with_another_seed(text: str) -> None:
    change = changed(text, BEFORE)
    assert (change.request.prompt, change.request.seed) == ("рыжий кот", None)
    assert not change.from_picture


@pytest.mark.parametrize(("text", "count"), [("4", 4), ("×9", 9), ("1", 1)])
def test_76_a_number_changes_how_many(text: str, count: int) -> None:
    change = changed(text, BEFORE)
    assert (change.request.at_once, change.request.prompt) == (count, "рыжий кот")
    assert not change.from_picture


def test_76_parameters_alone_paint_the_same_words_otherwise() -> None:
    change = changed("3:2, 100 шагов", BEFORE)
    assert (change.request.shape, change.request.size) == ("3:2", None)
    assert (change.request.steps, change.request.seed) == (100, 7)
    assert changed("seed -1", BEFORE).request.seed is None


@pytest.mark.parametrize(
    "text", ["кот 10000x10000", "кот:1e9", "seed 1e99", "+ " + "я" * 600, "10", "×100", "0"]
)
def test_76_what_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        changed(text, BEFORE)
