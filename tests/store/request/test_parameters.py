"""Parameters in the words of a prompt: what is read, what stays text, what is refused."""

import time
from dataclasses import replace

import pytest

from store.errors import RequestError
from store.request.changes import reworded
from store.request.parameter_line import line_of
from store.request.parameters import OPEN, Parameters, read_parameters
from store.request.request import STEPS, DrawRequest

CAT = "рыжий кот"


@pytest.mark.parametrize(
    ("text", "prompt", "said"),
    [
        ("рыжий кот 512x768", CAT, {"size": (512, 768)}),
        ("512х768 рыжий кот", CAT, {"size": (512, 768)}),
        ("рыжий кот\n300 × 200", CAT, {"size": (300, 200)}),
        ("рыжий кот, 3:2", CAT, {"shape": "3:2"}),
        ("16:9 рыжий кот", CAT, {"shape": "16:9"}),
        ("рыжий кот портрет", CAT, {"shape": "portrait"}),
        ("рыжий кот, широкая", CAT, {"shape": "wide"}),
        ("a cat, landscape", "a cat", {"shape": "landscape"}),
        ("рыжий кот сид 42", CAT, {"seed": 42}),
        ("seed 42 рыжий кот", CAT, {"seed": 42}),
        ("рыжий кот, зерно 42", CAT, {"seed": 42}),
        ("a cat --seed 42 --ar 3:2", "a cat", {"seed": 42, "shape": "3:2"}),
        ("a cat —seed 42 —ar 3:2", "a cat", {"seed": 42, "shape": "3:2"}),
        ("--steps 50 a cat", "a cat", {"steps": 50}),
        ("рыжий кот 50 шагов", CAT, {"steps": 50}),
        ("50 шагов рыжий кот", CAT, {"steps": 50}),
        ("рыжий кот ×4", CAT, {"count": 4}),
        ("рыжий кот x9", CAT, {"count": 9}),
        ("рыжий кот, 4 штуки", CAT, {"count": 4}),
        ("a cat fine", "a cat", {"quality": "fine"}),
        ("рыжий кот тщательно", CAT, {"quality": "fine"}),
        ("рыжий кот -- без анимации", CAT, {"film": False}),
        ("рыжий кот, обои", CAT, {"tile": True}),
        ("рыжий кот, seamless, 512x512", CAT, {"tile": True, "size": (512, 512)}),
        ("рыжий кот --tile", CAT, {"tile": True}),
        ("рыжий кот --хватит 900 шагов", CAT, {"enough": "auto", "steps": 900}),
        ("рыжий кот --enough auto", CAT, {"enough": "auto"}),
        ("рыжий кот — без анимации", CAT, {"film": False}),
        ("рыжий кот fps 30", CAT, {"fps": 30}),
        ("рыжий кот каждый 5", CAT, {"every": 5}),
        ("сид 42, рыжий кот", CAT, {"seed": 42}),
        ("зерно: 42, рыжий кот, шаги: 50", CAT, {"seed": 42, "steps": 50}),
        ("рыжий кот, размер 512x768", CAT, {"size": (512, 768)}),
        ("рыжий кот 512 на 768", CAT, {"size": (512, 768)}),
        ("рыжий кот: 3:2", CAT, {"shape": "3:2"}),
        ("fps 30, рыжий кот, 50 шагов.", CAT, {"fps": 30, "steps": 50}),
        ("рыжий кот, --seed 42 --ar 3:2", CAT, {"seed": 42, "shape": "3:2"}),
        ("рыжий кот seed -1", CAT, {"seed": OPEN}),
        ("рыжий кот steps -1", CAT, {"steps": OPEN}),
        ("рыжий кот ∞", CAT, {"steps": OPEN}),
        (
            "рыжий кот, 512x768, сид 42, 50 шагов, ×4, тщательно, fps 12, каждый 5",
            CAT,
            dict(size=(512, 768), seed=42, steps=50, count=4, quality="fine", fps=12, every=5),
        ),
        ("кот:2 | звезда:0,5 512x768", "кот:2 | звезда:0,5", {"size": (512, 768)}),
        ("кот | 512x768", "кот", {"size": (512, 768)}),
    ],
)
def test_parameters_are_read_at_both_ends_in_any_order(
    text: str, prompt: str, said: dict[str, object]
) -> None:
    read = read_parameters(text)
    assert (read.prompt, read.parameters, read.unread) == (prompt, Parameters(**said), ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        *("поезд в 7:30 | туман", "счёт 3:2", "матч 2:1", "встреча в 16:9"),
        *("портрет", "портрет кошки", "женский портрет", "широкая река", "красный квадрат"),
        *("mountain landscape", "50 шагов до дома", "a seed in the ground", "кот — пират"),
        *("каждый 5 день дождь", "100 steps to heaven", "кот:2:0.5 | звезда"),
    ],
)
def test_other_words_and_numbers_stay_what_to_paint(text: str) -> None:
    read = read_parameters(text)
    assert (read.prompt, read.parameters, read.unread) == (text, Parameters(), ())


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("a cat --stylize 100 --v 5", ("--stylize 100", "--v 5")),
        ("a cat —chaos 3", ("—chaos 3",)),
        ("bmw x5", ("x5",)),
        ("a cat --mood happy in the snow", ("--mood",)),
        ("--mood 3 a cat --chaos 4 in the snow --v 5", ("--mood 3", "--chaos 4", "--v 5")),
    ],
)
def test_what_looks_like_a_parameter_and_is_none_stays_text_and_is_told(
    text: str, unread: tuple[str, ...]
) -> None:
    read = read_parameters(text)
    assert (read.prompt, read.unread) == (text, unread)


def test_what_is_not_understood_hides_no_parameter_before_it() -> None:
    read = read_parameters("рыжий кот 512x768, без анимации --chaos 3")
    assert (read.prompt, read.unread) == ("рыжий кот --chaos 3", ("--chaos 3",))
    assert read.parameters == Parameters(size=(512, 768), film=False)
    assert read_parameters("512x768 --chaos 3").is_parameters_only
    assert read_parameters("--chaos 3").prompt == "--chaos 3"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("кот 10000x10000", "request-side"),
        ("кот 4000x4000", "request-area"),
        ("кот seed 1e99", "request-seed"),
        ("кот сид -5", "request-seed"),
        ("кот --seed abc", "request-seed"),
        ("кот --steps many", "request-steps"),
        ("кот seed 99999999999999999999999999999", "request-seed"),
        ("кот 0 шагов", "request-steps"),
        ("кот 2.5 шагов", "request-steps"),
        ("кот ×100", "request-at-once"),
        ("кот fps 0", "request-fps"),
        ("кот каждый 0", "request-every"),
        ("кот --ar 1:100", "request-ratio"),
        ("кот --ar 0:0", "request-ratio"),
        ("кот 512x512 3:2", "request-contradiction"),
        ("кот seed 1 seed 2", "request-contradiction"),
        ("кот быстро, тщательно", "request-contradiction"),
        ("кот, без анимации, fps 30", "request-contradiction"),
    ],
)
def test_parameters_out_of_range_or_against_each_other_are_one_sentence(
    text: str, key: str
) -> None:
    with pytest.raises(RequestError) as refused:
        read_parameters(text)
    assert refused.value.key == key
    assert str(refused.value)


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("кот, 3:2, 9:16", ("3:2", "9:16")),
        ("кот быстро, тщательно", ("быстро", "тщательно")),
        ("3:2 кот 512x512", ("3:2", "512x512")),
    ],
)
def test_a_contradiction_is_told_in_the_order_of_the_text(text: str, both: tuple[str, str]) -> None:
    with pytest.raises(RequestError) as refused:
        read_parameters(text)
    assert (refused.value.values["first"], refused.value.values["second"]) == both


@pytest.mark.parametrize(
    "text",
    ["512x768 seed 42", "16:9", "×4", "--seed 1", "без анимации", "тщательно", "fine", "--tile"],
)
def test_parameters_without_words_are_told_apart(text: str) -> None:
    assert read_parameters(text).is_parameters_only


def test_parameters_replace_those_of_the_request() -> None:
    request = DrawRequest(prompt="кот ^ пёс", shape="wide", seed=7, quality="fine", steps=100)

    def after(text: str) -> DrawRequest:
        return read_parameters(f"кот {text}").parameters.applied(request)

    assert (after("512x256").size, after("512x256").shape) == ((512, 256), None)
    assert after("3:2").shape == "3:2"
    assert after("seed -1").seed is None
    assert after("∞").steps == STEPS[1] // 2  # of each of two scenes
    assert (after("быстро").quality, after("быстро").steps) == ("quick", None)
    assert after("без анимации").film is False
    assert after("").prompt == request.prompt


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_line_of_a_request_reads_as_the_request(language: str) -> None:
    request = DrawRequest(
        prompt="кот:2 | счёт 3:2", size=(512, 768), seed=42, steps=50, every=5, fps=12, at_once=4
    )
    shaped = DrawRequest(prompt=CAT, shape="16:9", quality="standard", film=False)
    for one in (request, shaped, DrawRequest(prompt="женский портрет", seed=1)):
        read = read_parameters(line_of(one, language))
        assert read.parameters.applied(DrawRequest(prompt=read.prompt)) == one
        assert read.unread == ()


def test_what_is_removed_from_the_line_is_gone() -> None:
    before = DrawRequest(
        prompt="рыжий кот", size=(512, 768), seed=42, steps=50, film=False, vqgan="pocket"
    )
    line = line_of(before, "ru")
    assert reworded(line, before)[0] == before
    for removed, gone in (
        (", 512x768", "size"),
        (", зерно 42", "seed"),
        (", шаги 50", "steps"),
        (", без анимации", "film"),
    ):
        assert removed in line
        assert reworded(line.replace(removed, ""), before)[0] == replace(before, **{gone: None})  # type: ignore[arg-type]
    words_alone = reworded("рыжий  кот", before)[0]
    assert words_alone == DrawRequest(prompt="рыжий кот", vqgan="pocket")


def test_new_words_alone_keep_the_parameters() -> None:
    before = DrawRequest(prompt="рыжий кот", size=(512, 768), seed=42, steps=50)
    assert reworded("кит", before) == (replace(before, prompt="кит"), ())
    changed_line, unread = reworded("кит, seed 7 --chaos 3", before)
    assert (changed_line.seed, changed_line.size, changed_line.steps) == (7, None, None)
    assert unread == ("--chaos 3",)


def test_the_line_of_a_draft_is_read_as_that_draft() -> None:
    before = DrawRequest(prompt="рыжий кот", seed=42, steps=0, draft="rudalle")
    assert reworded(line_of(before, "ru"), before)[0] == before


def test_hostile_texts_are_read_quickly() -> None:
    started = time.monotonic()
    for text in ("," * 2000, " " * 2000, "--" * 1000, "1:" * 1000, "seed " * 400, "9" * 2000):
        read_parameters(text)
    assert time.monotonic() - started < 5
