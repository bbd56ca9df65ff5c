"""Parameters in the words that `draw` is given."""

from argparse import Namespace

import pytest

from engine.cli.arguments import parse
from engine.cli.requests import numbered_requests
from engine.cli.words import read_words
from store.errors import RequestError
from store.request.parameters import read_parameters
from store.request.request import STEPS, DrawRequest


def options(*arguments: str) -> tuple[Namespace, tuple[str, ...]]:
    """Return the options of `draw` with the words read, and what could not be."""
    parsed = parse(["draw", "--out", "cat.png", *arguments])
    return parsed, read_words(parsed)


def test_words_are_read_as_options() -> None:
    parsed, unread = options("рыжий кот 512x768 сид 42", "50 шагов ×4 fps 12")
    first, *others = numbered_requests(parsed)
    assert (first.prompt, first.size, first.steps, first.fps) == ("рыжий кот", (512, 768), 50, 12)
    assert [request.seed for request in (first, *others)] == [42, 43, 44, 45]
    assert unread == ()


def test_an_open_seed_is_random_and_open_steps_are_as_many_as_there_may_be() -> None:
    for words in (("кот steps -1 seed -1",), ("кот", "--steps", "-1", "--seed", "-1")):
        (request,) = numbered_requests(options(*words)[0])
        assert request.steps == STEPS[1]
        assert request.seed is not None and request.seed >= 0


def test_what_is_not_read_stays_in_the_prompt() -> None:
    parsed, unread = options("a cat --stylize 100")
    assert (parsed.prompt, unread) == ("a cat --stylize 100", ("--stylize 100",))


@pytest.mark.parametrize("words", ["кот без анимации", "кот -- без анимации"])
def test_a_picture_may_be_painted_without_an_animation(words: str) -> None:
    assert numbered_requests(options(words)[0])[0].film is False
    assert numbered_requests(options("кот", "--no-film")[0])[0].film is False


@pytest.mark.parametrize(
    "words",
    ["кот, тщательно", "кот, fps 12", "кот, каждый 5", "кот, обои", "кот, портрет", "кот --enough"],
)
def test_every_parameter_of_the_chat_is_one_here(words: str) -> None:
    said = read_parameters(words).parameters.applied(DrawRequest("кот"))
    (request,) = numbered_requests(options(words)[0])
    for name in ("quality", "fps", "every", "tile", "shape", "enough"):
        assert getattr(request, name) == getattr(said, name), name
    assert numbered_requests(options("кот")[0])[0].tile is None


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("кот seed 1", "--seed", "2"), "request-contradiction"),
        (("кот 3:2", "--size", "64x64"), "request-contradiction"),
        (("512x768",), "request-parameters-only"),
    ],
)
def test_words_that_contradict_options_are_refused(arguments: tuple[str, ...], key: str) -> None:
    with pytest.raises(RequestError) as refused:
        options(*arguments)
    assert refused.value.key == key


def test_the_words_may_repeat_an_option() -> None:
    assert numbered_requests(options("кот seed 2", "--seed", "2")[0])[0].seed == 2
