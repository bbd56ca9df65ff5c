"""Invent a prompt of what the models can draw: a coloured thing on a ground."""

from collections.abc import Mapping
from random import Random

from store.reader.describe import all_subjects, describe
from store.reader.repertoire import Repertoire, read_within
from store.reader.scripts import CYRILLIC, LATIN
from store.reader.vocabulary import COLOURS, Colour, Subject, things
from store.reader.wish import Wish, WishedThing

TRIES = 50  # of which the first that the models can draw is taken


def surprise(repertoires: Mapping[str, Repertoire], language: str, rng: Random) -> str:
    """Return a prompt in Russian or, for any other language, in English.

    repertoires: of the models of closed vocabularies, by script; others can draw anything.
    """
    russian = language == "ru"
    closed = repertoires.get(CYRILLIC if russian else LATIN)
    known = all_subjects()
    keys = sorted(closed.things & known.keys()) if closed else [one.key for one in things()]
    prompt = ""
    for _ in range(TRIES):
        subject = known[rng.choice(keys)]
        colour, ground = rng.sample(COLOURS, 2)
        prompt = _prompt(subject, colour, ground, russian=russian)
        # Some things have no colour of their own, such as a desert.
        if closed is None or not read_within(prompt, closed).named:
            break
    return prompt


def _prompt(subject: Subject, colour: Colour, ground: Colour, *, russian: bool) -> str:
    if not russian:
        return describe(Wish((WishedThing(subject.key, colour.key),), ground=ground.key), "en")
    noun = subject.russian[0]
    adjective = colour.adjectives(noun.gender)[0]
    return f"{adjective} {noun.nominative} на {ground.adjectives('on')[0]} фоне"
