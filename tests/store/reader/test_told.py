"""What is told before painting: what will be shown, and in whose words what cannot be."""

import pytest

from store.reader.describe import describe, describe_reading
from store.reader.read import read
from store.reader.repertoire import (
    Repertoire,
    common_repertoires,
    read_repertoires,
    read_within,
    stored_repertoires,
)
from store.reader.told import PromptReading, read_prompt
from store.reader.vocabulary import subjects
from store.request.prompt import parse_prompt

SMALL = Repertoire(frozenset(subject.key for subject in subjects()))
BOTH = {"latin": SMALL, "cyrillic": SMALL}


def told(prompt: str) -> PromptReading:
    reading = read_prompt(parse_prompt(prompt), BOTH)
    assert reading is not None
    return reading


@pytest.mark.parametrize(
    ("prompt", "shown", "left"),
    [
        ("космонавт верхом на лошади", "лошадь", "космонавта"),
        ("кот в скафандре в космосе", "кота", "«в скафандре в космосе»"),
        ("чёрная кошка на синем фоне акварелью", "чёрную кошку на синем фоне", "«акварелью»"),
        ("кот и собака", "кота", "собаку рядом"),
        ("кот, собака и мышь", "кота", "собаку рядом и мышь рядом"),
        ("кот с зелёными глазами", "кота", "«с зелёными глазами»"),
        ("три синие звезды", "синюю звезду", "«три»"),
        ("кот ^ король", "кота", "короля"),
        ("кот:2 | звезда | грустный:-1", "кота и звезду", ""),
        ("гора", "гору", ""),
        ("котик в снегу", "котика", "«в снегу»"),
    ],
)
def test_in_russian(prompt: str, shown: str, left: str) -> None:
    assert (told(prompt).shown("ru"), told(prompt).left_out("ru")) == (shown, left)


def test_what_only_lacks_room_is_not_called_unknown() -> None:
    assert told("кот, собака и мышь").named == ()
    assert told("кот с зелёными глазами").named == ("с зелёными глазами",)


@pytest.mark.parametrize(
    ("prompt", "shown", "left"),
    [
        ("an astronaut riding a horse", "a horse", "an astronaut"),
        ("a green frog on a pink background in the rain",
         "a green frog on a pink background", "“in the rain”"),
        ("a cat with a red hat", "a cat", "a hat beside it"),
        ("two dogs", "a dog", "“two”"),
        ("an orange umbrella", "an orange umbrella", ""),
        ("scissors | a cactus", "scissors and a cactus", ""),
    ],
)  # fmt: skip
def test_in_english(prompt: str, shown: str, left: str) -> None:
    assert (told(prompt).shown("en"), told(prompt).left_out("en")) == (shown, left)


def test_words_of_another_language_stay_as_they_are() -> None:
    assert told("космонавт на лошади").left_out("en") == "“космонавт”"
    assert told("космонавт на лошади").shown("en") == "a horse"


@pytest.mark.parametrize("prompt", ["child", "король", "butter", "молоко", "猫", "γάτα", "!!!"])
def test_what_looks_like_a_known_word_is_not_taken_for_it(prompt: str) -> None:
    reading = told(prompt)
    assert reading.is_nothing and reading.named == (prompt,)
    assert reading.related("ru") == ""


def test_what_is_offered_is_of_the_same_kind_and_can_be_drawn() -> None:
    assert told("щука").related("ru") == "рыбу"
    assert told("husky").related("en") == "a dog"
    assert told("щука").related_things == ("fish",)


def test_a_negative_phrase_is_not_what_is_shown() -> None:
    assert told("король | кот:-1").is_nothing
    assert not told("кот | король:-1").is_nothing


def test_phrases_of_an_open_guide_are_not_read() -> None:
    reading = read_prompt(parse_prompt("астронавт | an astronaut"), {"cyrillic": SMALL})
    assert reading is not None and reading.named == ("астронавт",)
    assert not reading.is_nothing
    assert read_prompt(parse_prompt("an astronaut"), {"cyrillic": SMALL}) is None


def test_every_name_of_the_vocabulary_can_be_drawn() -> None:
    others = {"worm", "червяк", "червячок", "баран", "bolt", "plant", "paints", "plus", "плюс"}
    for subject in subjects():
        for name in (*subject.english, *(noun.nominative for noun in subject.russian)):
            wish = read_within(name, SMALL).wish
            assert name in others or [thing.key for thing in wish.things] == [subject.key], name


def test_what_is_described_is_read_as_the_same_wish() -> None:
    for text in ("чёрный кот на синем фоне", "a red heart on a white background", "зелёные очки"):
        wish = read_within(text, SMALL).wish
        for language in ("ru", "en"):
            assert str(read(describe(wish, language))) == str(wish)


def test_a_larger_repertoire_draws_more() -> None:
    large = Repertoire(
        SMALL.things, frozenset({"forest"}), frozenset({"night"}), most_things=2, counts=True
    )
    reading = read_within("три кота и собака в лесу ночью в дождь", large)
    assert str(reading.wish) == "cat:3 and dog; place=forest; time=night"
    assert reading.named == ("в дождь",)
    assert describe(reading.wish, "ru") == "кота и собаку в лесу ночью"
    assert describe(read("forest"), "en") == "a view in the forest"


def test_repertoires_are_stored_and_joined() -> None:
    one = Repertoire(frozenset({"cat"}), places=frozenset({"sea"}), most_things=2)
    assert read_repertoires(stored_repertoires({"latin": one})) == {"latin": one}
    other = Repertoire(frozenset({"dog"}), counts=True)
    joined = Repertoire(frozenset({"cat", "dog"}), frozenset({"sea"}), most_things=2, counts=True)
    both = common_repertoires({"latin": [one, other], "cyrillic": [one, None], "greek": []})
    assert both == {"latin": joined}


@pytest.mark.parametrize(
    ("prompt", "language", "shown"),
    [
        ("нарисуй три жирафа верхом", "ru", "три жирафа"),
        ("три кота и две собаки гжель", "ru", "три кота и две собаки"),
        ("five red apples and a quantum cat", "en", "five red apples and a cat"),
        ("много звёзд акварелью", "ru", "много звёзд"),
        ("three giraffes", "ru", "жирафа"),
        ("4 красных яблока", "ru", "4 красных яблока"),
        ("5 red apples and a cat", "en", "5 red apples and a cat"),
    ],
)
def test_how_many_will_be_drawn_is_told_as_it_was_typed(
    prompt: str, language: str, shown: str
) -> None:
    large = Repertoire(SMALL.things | {"giraffe"}, most_things=2, counts=True)
    assert describe_reading([read_within(prompt, large)], language) == shown
