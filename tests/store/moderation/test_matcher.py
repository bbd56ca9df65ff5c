"""The stop list finds what is meant, and leaves the innocent in peace."""

import random
from collections.abc import Iterable
from functools import cache

import pytest

from store.errors import RequestError
from store.moderation.entries import MAX_ENTRY, parse_entry, parse_exception
from store.moderation.matcher import Matcher
from store.moderation.stop_list import packaged

EVASIONS = (
    "порно", "ПОРНО", "пoрнo", "п0рно", "порн\u0301о", "по\u200dрно", "п.о.р.н.о", "п о р н о",
    "п-о-р-н-о", "пор-но", "порррно", "порнно", "porno", "p o r n", "p0rn", "pоrn", "ｐｏｒｎ",
    "𝐩𝐨𝐫𝐧", "кот и п_о_р_н_о у окна", "a p o r n", "с е к с", "сс ее кк сс", "секkс", "$ex", "s3x",
    "эр0тика", "гoлaя", "гооолый мужчина", "тр@хает", "изнaсилование", "ob обнажённая", "N U D E",
    "убитый ребёнок", "ребенок в бикини", "a bikini on a little girl", "severed head",
)  # fmt: skip
INNOCENT = (
    "застраховать машину", "оскорблять", "мандарин", "мандала", "мандат", "Scunthorpe",
    "Essex and Sussex", "секстант", "sextet", "sextant", "тысяча секстиллионов", "труппа театра",
    "голубь", "голова лошади", "голод", "голландия", "голые деревья", "голый землекоп",
    "naked mole rat", "nudibranch", "nudge", "grape", "rapper", "rapeseed field", "lollipop",
    "обнажённый меч", "строгий портрет", "упорный спортсмен", "водонапорная башня", "the hague",
    "analytics", "assassin", "cocktail", "peacock", "class in the grass", "корабля", "сабля",
    "кровавая луна", "ребёнок с мячом", "children playing", "dead tree", "a killer whale",
    "кот:2 | звезда", "👩\u200d🎨", "1 2 3 4 5", "а б в г д", "🐸", "goretex", "вода и лёд",
    "пенистые волны", "поревел и уснул", "she seeks treasure", "waging war",
    "blue footed booby", "сорняк", "порт", "sextuplets", "a poor name",
)  # fmt: skip


@cache
def _own() -> Matcher:
    return _list(packaged("stop"), packaged("exception"))


def _list(stop: Iterable[str], exceptions: Iterable[str] = ()) -> Matcher:
    return Matcher(
        [parse_entry(text) for text in stop], [parse_exception(text) for text in exceptions]
    )


@pytest.mark.parametrize("text", EVASIONS)
def test_evasions_are_found(text: str) -> None:
    assert _own().first_match([text]) is not None


@pytest.mark.parametrize("text", INNOCENT)
def test_innocents_are_not(text: str) -> None:
    assert _own().first_match([text]) is None


def test_nothing_that_the_pocket_models_can_paint_is_on_the_list() -> None:
    from store.reader.vocabulary import COLOURS, subjects

    names = [name for subject in subjects() for name in subject.english]
    nouns = [noun for subject in subjects() for noun in subject.russian]
    names += [form for noun in nouns for form in (noun.nominative, noun.accusative)]
    names += [name for colour in COLOURS for name in (*colour.english, *colour.adjectives("m"))]
    assert [name for name in names if _own().first_match([name])] == []


def test_a_stem_catches_beginnings_a_star_any_place_and_an_equals_sign_the_very_word() -> None:
    assert _list(["кот"]).first_match(["котёнок"]) and not _list(["кот"]).first_match(["скот"])
    assert _list(["*кот"]).first_match(["скотина"])
    assert _list(["=кот"]).first_match(["кооот!"]) and not _list(["=кот"]).first_match(["котик"])


def test_a_letter_that_an_entry_has_twice_must_stand_there_twice() -> None:
    assert _list(["boob"]).first_match(["booob"]) and not _list(["boob"]).first_match(["bobsleigh"])
    assert _list(["труп"], ["трупп"]).first_match(["трупы"])
    assert not _list(["труп"], ["трупп"]).first_match(["труппа"])


def test_an_exception_excuses_the_word_and_not_its_neighbours() -> None:
    stops = _list(["*cunt", "*манда"], ["scunthorp", "мандарин"])
    assert not stops.first_match(["Scunthorpe"]) and not stops.first_match(["мандарины"])
    assert stops.first_match(["мандарины и манда"])
    assert stops.first_match(["Scunthorpe cunt"])
    # It must cover what is found, not merely stand in the same word.
    assert stops.first_match(["scunthorpecunt"])


def test_words_of_a_phrase_must_follow_each_other() -> None:
    stops = _list(["синий кот"], ["большой синий"])
    assert stops.first_match(["у окна синий-котик"])
    assert not stops.first_match(["кот синий"]) and not stops.first_match(["синий", "кот"])
    assert not stops.first_match(["большой синий кот"])


def test_a_combination_counts_over_all_phrases_of_a_request() -> None:
    stops = _list(["белый/чёрный + кот"])
    assert stops.first_match(["чёрный дом", "кот"]) and stops.first_match(["кот бел белый"])
    assert not stops.first_match(["белый дом", "пёс"]) and not stops.first_match(["кот"])


def test_an_entry_typed_with_look_alikes_is_the_word_that_it_looks_like() -> None:
    assert _list(["кoт"]).first_match(["кот"])  # with a Latin o
    assert _list(["cаt"]).first_match(["cat"])  # with a Cyrillic а


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "stop-unreadable"),
        ("+", "stop-unreadable"),
        ("кот +", "stop-unreadable"),
        ("🐸", "stop-unreadable"),
        ("ко.т", "stop-unreadable"),
        ("*", "stop-unreadable"),
        ("ко", "stop-too-short"),
        ("ааааа", "stop-too-short"),
        ("=к", "stop-too-short"),
        ("кот" * MAX_ENTRY, "stop-too-long"),
    ],
)
def test_an_entry_that_says_nothing_or_too_much_is_refused(text: str, key: str) -> None:
    with pytest.raises(RequestError) as error:
        parse_entry(text)
    assert error.value.key == key


def test_an_exception_is_one_phrase() -> None:
    with pytest.raises(RequestError) as error:
        parse_exception("кот + пёс")
    assert error.value.key == "stop-exception"


def test_the_worst_that_can_be_written_is_looked_through() -> None:
    """Long runs, marks and signs, which would make a careless expression go back and forth."""
    stops = _list(["*барбарис"])
    for piece in ("а", "p@0rg3h5", "а.", "с е к ", "*кот", "0порн", "--..", "$!@", "барбари"):
        text = piece * (3_000 // len(piece))
        assert stops.first_match([text]) is None
        assert stops.first_match([text + " барбарис"]) is not None


def test_many_entries_hardly_slow_it_down() -> None:
    chance = random.Random(0)
    made = {"".join(chance.choices("абвгдежзиклмнопрст", k=9)) for _ in range(2000)}
    stops = _list({text for text in made if len(set(text)) > 4})
    assert stops.first_match(["вполне обычный запрос о коте"]) is None
