"""Generate Russian and English captions of rendered scenes, phrased as users type prompts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.pocket.scorer import tokenize
from store.reader.vocabulary import COLOURS, Noun, subjects
from training.data.labels import NATURAL, PLAIN

ANY = -1  # not stated by the caption


@dataclass(frozen=True)
class Caption:
    """A text and the labels that it states; ANY for what it leaves open."""

    text: str
    subject: int
    colour: int
    ground: int


def caption(subject: int, colour: int, ground: int, russian: bool, rng: random.Random) -> Caption:
    """Return one random caption; it may omit the ground colour, or the subject."""
    mention_ground = ground != PLAIN and rng.random() < 0.55
    mention_colour = colour != NATURAL
    if mention_ground and rng.random() < 0.04:  # the ground alone: «синий фон»
        return Caption(_ground_only(ground, russian, rng), ANY, ANY, ground)
    text = (_russian if russian else _english)(
        subject, colour if mention_colour else ANY, ground if mention_ground else ANY, rng
    )
    return Caption(text, subject, colour, ground if mention_ground else ANY)


def captions(rows: Sequence[tuple[int, int, int]], rng: random.Random) -> list[Caption]:
    """Return one caption for each row of (subject, colour, ground); every second one is Russian."""
    return [caption(*row, i % 2 == 0, rng) for i, row in enumerate(rows)]


def token_buckets(texts: Sequence[str]) -> Tensor:
    """Tokenise texts for the text tower, on the default device.

    The tokenizer writes element by element, which is slow on a GPU, so it runs on the CPU.
    """
    with torch.device("cpu"):
        token_ids = tokenize(texts)
    return token_ids.to(torch.get_default_device())


def _ground_only(ground: int, russian: bool, rng: random.Random) -> str:
    colour = COLOURS[ground]
    if russian:
        return rng.choice(colour.adjectives("m")) + " фон"
    return f"{rng.choice(colour.english)} background"


def _english(subject: int, colour: int, ground: int, rng: random.Random) -> str:
    subject_entry = subjects()[subject]
    if subject_entry.emoji and colour == ANY and rng.random() < 0.06:
        name = subject_entry.emoji
    else:
        name = rng.choice(subject_entry.english) if rng.random() < 0.6 else subject_entry.english[0]
    if colour != ANY:
        name = f"{rng.choice(COLOURS[colour].english)} {name}"
    article = rng.choice(("", "", "a ", "the "))
    text = rng.choice(("", "", "", "", "draw ", "paint ", "picture of ")) + article + name
    if ground != ANY:
        ground_word = rng.choice(COLOURS[ground].english)
        text += rng.choice(
            (
                f" on a {ground_word} background",
                f" on {ground_word}",
                f" on {ground_word} background",
            )
        )
    return text


def _russian(subject: int, colour: int, ground: int, rng: random.Random) -> str:
    subject_entry = subjects()[subject]
    noun = rng.choice(subject_entry.russian) if rng.random() < 0.6 else subject_entry.russian[0]
    if subject_entry.emoji and colour == ANY and rng.random() < 0.06:
        text = subject_entry.emoji
    elif rng.random() < 0.2:
        text = rng.choice(("нарисуй ", "изобрази ", "хочу ")) + accusative(noun, colour, rng)
    else:
        text = rng.choice(("", "", "", "картинка: ")) + nominative(noun, colour, rng)
    if ground != ANY:
        ground_word = rng.choice(COLOURS[ground].adjectives("on"))
        text += rng.choice(
            (f" на {ground_word} фоне", f" на {ground_word} фоне", f" на {ground_word}")
        )
    return text


def nominative(noun: Noun, colour: int, rng: random.Random) -> str:
    """Inflect colour and noun: красный кот, красная звезда, красное сердце, красные очки."""
    if colour == ANY:
        return noun.nominative
    return f"{rng.choice(COLOURS[colour].adjectives(noun.gender))} {noun.nominative}"


def accusative(noun: Noun, colour: int, rng: random.Random) -> str:
    """Inflect colour and noun: красного кота, красный круг, красную звезду, красных рыб."""
    if colour == ANY:
        return noun.accusative
    form = {"f": "fa", "n": "n"}.get(noun.gender, noun.gender)
    if noun.animate:
        form += "g"
    return f"{rng.choice(COLOURS[colour].adjectives(form))} {noun.accusative}"
