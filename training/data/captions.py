"""Says in Russian or English what stands in a picture, as people would type it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.pocket.scorer import tokenize
from engine.pocket.vocabulary import COLOURS, Noun, subjects
from training.data.scenes import NATURAL, PLAIN

ANY = -1  # the caption does not say


@dataclass(frozen=True)
class Caption:
    """A text and what it claims; ANY where it claims nothing."""

    text: str
    subject: int
    colour: int
    ground: int


def caption(subject: int, colour: int, ground: int, russian: bool, rng: random.Random) -> Caption:
    """One caption of a picture; it may leave the colour of the ground, or the subject, unsaid."""
    say_ground = ground != PLAIN and rng.random() < 0.55
    say_colour = colour != NATURAL
    if say_ground and rng.random() < 0.04:  # «синий фон»: nothing but the ground
        return Caption(_ground_alone(ground, russian, rng), ANY, ANY, ground)
    text = (_russian if russian else _english)(
        subject, colour if say_colour else ANY, ground if say_ground else ANY, rng
    )
    return Caption(text, subject, colour, ground if say_ground else ANY)


def captions(rows: Sequence[tuple[int, int, int]], rng: random.Random) -> list[Caption]:
    """One for each row of subject, colour and ground; every other one in Russian."""
    return [caption(*row, i % 2 == 0, rng) for i, row in enumerate(rows)]


def buckets(texts: Sequence[str]) -> Tensor:
    """What the text tower reads, on the device of the training.

    The tokenizer writes number by number, which a GPU is slow at.
    """
    with torch.device("cpu"):
        found = tokenize(texts)
    return found.to(torch.get_default_device())


def _ground_alone(ground: int, russian: bool, rng: random.Random) -> str:
    colour = COLOURS[ground]
    if russian:
        return rng.choice(colour.adjectives("m")) + " фон"
    return f"{rng.choice(colour.english)} background"


def _english(subject: int, colour: int, ground: int, rng: random.Random) -> str:
    who = subjects()[subject]
    if who.emoji and colour == ANY and rng.random() < 0.06:
        name = who.emoji
    else:
        name = rng.choice(who.english) if rng.random() < 0.6 else who.english[0]
    if colour != ANY:
        name = f"{rng.choice(COLOURS[colour].english)} {name}"
    article = rng.choice(("", "", "a ", "the "))
    text = rng.choice(("", "", "", "", "draw ", "paint ", "picture of ")) + article + name
    if ground != ANY:
        where = rng.choice(COLOURS[ground].english)
        text += rng.choice((f" on a {where} background", f" on {where}", f" on {where} background"))
    return text


def _russian(subject: int, colour: int, ground: int, rng: random.Random) -> str:
    who = subjects()[subject]
    noun = rng.choice(who.russian) if rng.random() < 0.6 else who.russian[0]
    if who.emoji and colour == ANY and rng.random() < 0.06:
        text = who.emoji
    elif rng.random() < 0.2:
        text = rng.choice(("нарисуй ", "изобрази ", "хочу ")) + accusative(noun, colour, rng)
    else:
        text = rng.choice(("", "", "", "картинка: ")) + nominative(noun, colour, rng)
    if ground != ANY:
        where = rng.choice(COLOURS[ground].adjectives("on"))
        text += rng.choice((f" на {where} фоне", f" на {where} фоне", f" на {where}"))
    return text


def nominative(noun: Noun, colour: int, rng: random.Random) -> str:
    """красный кот, красная звезда, красное сердце, красные очки"""
    if colour == ANY:
        return noun.nominative
    return f"{rng.choice(COLOURS[colour].adjectives(noun.gender))} {noun.nominative}"


def accusative(noun: Noun, colour: int, rng: random.Random) -> str:
    """красного кота, красный круг, красную звезду, красных рыб"""
    if colour == ANY:
        return noun.accusative
    form = {"f": "fa", "n": "n"}.get(noun.gender, noun.gender)
    if noun.animate:
        form += "g"
    return f"{rng.choice(COLOURS[colour].adjectives(form))} {noun.accusative}"
