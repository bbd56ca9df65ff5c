"""Requests: their limits, and that a stored one comes back as it was."""

import json
import math
from random import Random
from typing import Any

import pytest

from store.errors import RequestError
from store.request.image_refs import ImageTarget
from store.request.options import parse_noise_prompt, parse_shift
from store.request.prompt import Phrase
from store.request.request import SEEDS, DrawRequest, parse_size
from store.texts import sentence


def test_a_request_comes_back_from_json_as_it_was() -> None:
    full = DrawRequest(
        prompt="кот:2 | a dog",
        size=(256, 384),
        steps=300,
        seed=SEEDS[1],
        vqgan="imagenet_f16_16384",
        clip="ViT-B-32/openai",
        ruclip="pocket",
        cutouts=64,
        init_noise="scored",
        optimizer="radam",
        learning_rate=0.2,
        cut_power=1.5,
        coarse=0.25,
        first_cutouts=4,
        final_rate=0.1,
        augment="flip,noise",
        noise_prompts=((7, 1.0), (SEEDS[1], -0.5)),
        every=4,
        zoom=1.02,
        shift=(3.0, -2.5),
        init="inbox/1/кот.jpg",
        init_weight=0.0,
        targets=(ImageTarget("a.png"), ImageTarget("b:2.png", -0.25)),
        style="style.png",
    )
    for request in (full, DrawRequest("кот")):
        assert DrawRequest.from_json(request.to_json()) == request


def test_rows_of_other_versions_live_on() -> None:
    stored = json.loads(DrawRequest("кот", steps=5).to_json()) | {"colour": "red"}
    stored["targets"] = [{"source": "a.png", "mood": "sad"}]
    del stored["cutouts"], stored["style"]
    expected = DrawRequest("кот", steps=5, targets=(ImageTarget("a.png"),))
    assert DrawRequest.from_json(json.dumps(stored)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{}",
        '{"prompt": 7}',
        '{"prompt":"a","size":9}',
        '{"prompt":"a","targets":7}',
        '{"prompt":"a","targets":["a"]}',
        '{"prompt":"a","init":7}',
    ],
)
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match=r"could not be read|name of a picture"):
        DrawRequest.from_json(text)


def test_the_prompt_is_kept_clean() -> None:
    request = DrawRequest(" кот\n:2 ")
    assert request.prompt == "кот :2"
    assert request.phrases == (Phrase("кот", 2),)


def test_a_missing_seed_is_drawn_and_a_given_one_stays() -> None:
    assert DrawRequest("кот", seed=0).with_seed().seed == 0
    assert DrawRequest("кот").with_seed(Random(1)) == DrawRequest("кот").with_seed(Random(1))
    assert DrawRequest("кот").with_seed().seed in range(SEEDS[1] + 1)


@pytest.mark.parametrize(
    "text", ["256x384", "256×384", "256х384", " 256 X 384 ", "256Х384", "256*384"]
)
def test_a_size_is_read_with_any_sign_of_by(text: str) -> None:
    assert parse_size(text) == (256, 384)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "request-size-unreadable"),
        ("256", "request-size-unreadable"),
        ("-1x5", "request-size-unreadable"),
        ("1x2x3", "request-size-unreadable"),
        ("9" * 5000 + "x1", "request-size-unreadable"),
        ("256x15", "request-side"),
        ("4097x16", "request-side"),
        ("4096x2048", "request-area"),
    ],
)
def test_an_impossible_size_is_refused(text: str, key: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_size(text)
    assert caught.value.key == key
    assert max(len(sentence(caught.value, language)) for language in ("ru", "en")) < 150


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ({"size": (16, 4097)}, "request-side"),
        ({"size": (4096, 1025)}, "request-area"),
        ({"steps": 0}, "request-steps"),
        ({"steps": 5001}, "request-steps"),
        ({"steps": True}, "request-steps"),
        ({"seed": -1}, "request-seed"),
        ({"seed": 2**32}, "request-seed"),
        ({"cutouts": 513}, "request-cutouts"),
        ({"vqgan": ""}, "request-model-name"),
        ({"clip": "a\nb"}, "request-model-name"),
        ({"ruclip": "a" * 1001}, "request-model-name"),
        ({"init_noise": "perlin"}, "request-init-noise"),
        ({"optimizer": "lion"}, "request-optimizer"),
        ({"learning_rate": 0.0}, "request-learning-rate"),
        ({"learning_rate": math.nan}, "request-learning-rate"),
        ({"cut_power": -1.0}, "request-cut-power"),
        ({"coarse": 1.0}, "request-coarse"),
        ({"first_cutouts": 0}, "request-first-cutouts"),
        ({"final_rate": 0.0}, "request-final-rate"),
        ({"cut_power": "big"}, "request-cut-power"),
        ({"augment": "flip,blur"}, "request-augment"),
        ({"augment": "none,flip"}, "request-augment"),
        ({"augment": ""}, "request-augment"),
        ({"noise_prompts": ((-1, 1.0),)}, "request-noise-prompt"),
        ({"noise_prompts": ((1, 1001.0),)}, "request-weight-too-large"),
        ({"noise_prompts": ((1, math.inf),)}, "request-weight-not-a-number"),
        ({"noise_prompts": ((1, 1.0),) * 17}, "request-too-many-noise-prompts"),
        ({"every": 0}, "request-every"),
        ({"zoom": 2.5}, "request-zoom"),
        ({"zoom": math.inf}, "request-zoom"),
        ({"shift": (513.0, 0.0)}, "request-shift"),
        ({"zoom": 1.1, "steps": 2000, "every": 2}, "request-frames"),
        ({"prompt": "a^b^c", "steps": 1667}, "request-steps-total"),
        ({"init": ""}, "request-picture-name"),
        ({"init": "a\0b"}, "request-picture-name"),
        ({"style": "a" * 4097}, "request-picture-name"),
        ({"targets": (ImageTarget("a"),) * 9}, "request-targets"),
        ({"init": "a", "init_weight": -1}, "request-init-weight"),
        ({"init": "a", "init_weight": 1001}, "request-init-weight"),
        ({"init": "a", "init_weight": math.nan}, "request-init-weight"),
        ({"init": "a", "init_weight": True}, "request-init-weight"),
        ({"init_weight": 1}, "request-init-weight-alone"),
        ({"init": "a", "init_weight": 1, "zoom": 1.1}, "request-init-weight-moves"),
    ],
)
def test_each_field_has_its_limits_and_its_words(field: dict[str, Any], key: str) -> None:
    with pytest.raises(RequestError) as caught:
        DrawRequest(**{"prompt": "кот", **field})
    assert caught.value.key == key
    for language in ("ru", "en"):
        assert "{" not in sentence(caught.value, language)


@pytest.mark.parametrize(
    ("target", "key"),
    [
        (("", 1), "request-picture-name"),
        ((7, 1), "request-picture-name"),
        (("a", math.inf), "request-weight-not-a-number"),
        (("a", "2"), "request-weight-not-a-number"),
        (("a", -1000.5), "request-weight-too-large"),
    ],
)
def test_a_target_has_its_limits_and_its_words(target: tuple[Any, Any], key: str) -> None:
    with pytest.raises(RequestError) as caught:
        ImageTarget(*target)
    assert caught.value.key == key


def test_every_picture_of_a_request_is_named_once() -> None:
    targets = (ImageTarget("b"), ImageTarget("a"), ImageTarget("b", -1))
    assert DrawRequest("кот", init="a", targets=targets, style="c").sources == ("a", "b", "c")
    assert DrawRequest("кот").sources == ()


def test_the_largest_request_is_allowed() -> None:
    DrawRequest("кот", size=(4096, 1024), steps=5000, seed=2**32 - 1, cutouts=512)


def test_steps_belong_to_each_scene() -> None:
    request = DrawRequest("a ^ b | c ^ d", steps=10)
    assert request.total_steps == 30 and len(request.scenes) == 3
    assert DrawRequest("a ^ b").total_steps is None and DrawRequest("a ^ b").max_steps == 2500


def test_augmentations_are_kept_in_one_order() -> None:
    assert DrawRequest("кот", augment=" noise,FLIP, noise").augment == "flip,noise"
    assert DrawRequest("кот", augment="none").augment == "none"


def test_noise_prompts_and_shifts_are_read() -> None:
    assert parse_noise_prompt("42") == (42, 1.0) and parse_noise_prompt(" 7:-.5") == (7, -0.5)
    assert parse_shift("3,-2") == (3.0, -2.0) and parse_shift(" +1.5; 0") == (1.5, 0.0)


@pytest.mark.parametrize("text", ["", "x", "1:", "1:x", "1:2:3", "-1", "4294967296", "1:nan"])
def test_a_noise_prompt_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_noise_prompt(text)
    assert caught.value.key == "request-noise-prompt"


@pytest.mark.parametrize("text", ["", "3", "1,2,3", "a,b", "1,", "600,0", "1e3,0"])
def test_a_shift_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_shift(text)
    assert caught.value.key == "request-shift"
    assert "512" in sentence(caught.value, "ru")
