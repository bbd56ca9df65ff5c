"""The reader of prompts, against readings made by hand."""

import random
from importlib.resources import files
from pathlib import Path

import pytest

from store.reader.lexicon import Lexicon, Meaning, Name, lexicon
from store.reader.pieces import LONGEST
from store.reader.read import read
from store.reader.related import offers
from store.reader.vocabulary import things
from store.reader.wish import Wish, WishedThing
from store.reader.word_forms import VARIANTS, is_form, keys_of

TABLE = Path(__file__).parent / "reading_prompts.tsv"
RIGHT = 0.97  # share of the readings


def prompts() -> list[tuple[str, str]]:
    lines = TABLE.read_text("utf-8").splitlines()
    rows = (line.partition("\t") for line in lines if not line.startswith("#"))
    return [(prompt, reading) for prompt, _, reading in rows]


def test_prompts_are_read_as_a_person_reads_them() -> None:
    rows = prompts()
    assert len(rows) >= 300
    wrong = [
        f"{prompt!r}: {read(prompt)}, not {reading}"
        for prompt, reading in rows
        if str(read(prompt)) != reading
    ]
    assert len(wrong) <= (1 - RIGHT) * len(rows), "\n".join(wrong)


@pytest.mark.parametrize(
    ("word", "name", "gender"),
    [
        ("огурца", "огурец", "m"),
        ("котят", "котенок", "m"),
        ("чашек", "чашка", "f"),
        ("стульями", "стул", "m"),
        ("мышей", "мышь", "f"),
        ("окон", "окно", "n"),
        ("красного", "красный", "a"),
        ("leaves", "leaf", ""),
        ("children", "child", ""),
    ],
)
def test_forms_are_known(word: str, name: str, gender: str) -> None:
    assert is_form(word, name, gender)


@pytest.mark.parametrize(
    ("word", "name", "gender"),
    [
        ("корова", "король", "m"),
        ("банк", "банка", "f"),
        ("соло", "соль", "f"),
        ("молот", "молоко", "n"),
        ("город", "гора", "f"),
        ("flying", "fly", ""),
        ("chimp", "child", ""),
        ("butterfly", "butter", ""),
    ],
)
def test_neighbours_are_no_forms(word: str, name: str, gender: str) -> None:
    assert not is_form(word, name, gender)


def test_a_name_is_found_by_each_of_its_keys_also_where_they_begin_otherwise() -> None:
    nouns = [*VARIANTS, "мышонок", "fox", "yellow", "person", "елка"]
    genders = ["m" if noun[0] > "z" else "" for noun in nouns]
    names = [Name((noun,), Meaning("thing")) for noun in zip(nouns, genders, strict=True)]
    found = Lexicon(names)
    for name in names:
        for key in keys_of(*name.words[0]):
            assert name in found.named(key), key
    assert "дети" in keys_of("ребенок", "m") and not found.named("бегемот")


def test_no_name_is_longer_than_what_is_looked_at() -> None:
    assert max(len(name.words) for name in lexicon().names) <= LONGEST


def test_whatever_is_written_is_read() -> None:
    rng = random.Random(1)
    signs = "абвё eлст-—'’🐱❤️👩‍🚀 ,.!?&+\n\u200d猫قط01½²Ⅳ"
    for _ in range(300):
        text = "".join(rng.choice(signs) for _ in range(rng.randint(0, 40)))
        assert isinstance(str(read(text)), str)
    assert len(read("кот и собака, " * 300).things) == 2


def test_nothing_is_wished_for_by_words_that_are_unknown() -> None:
    assert read("квантовая хромодинамика").is_empty
    assert not read("красный").is_empty


def test_what_is_left_is_in_the_words_of_the_person() -> None:
    assert read("Кот в Скафандре").leftover == ("Скафандре",)


def test_a_wish_tells_all_that_it_holds() -> None:
    wish = Wish((WishedThing("cat", "black", "small", 2),), ground="red", leftover=("верхом",))
    assert str(wish) == "cat:black:small:2; ground=red; left=верхом"


def everyday_words() -> list[tuple[str, str]]:
    lines = Path(__file__).with_name("everyday_words.txt").read_text("utf-8").splitlines()
    entries = [entry for line in lines if not line.startswith("#") for entry in line.split(", ")]
    return [(word, reading) for word, _, reading in (entry.partition("=") for entry in entries)]


def test_no_everyday_word_passes_as_another() -> None:
    words = everyday_words()
    assert len(words) >= 299
    wrong = []
    for word, reading in words:
        expected = f"left={word}" if reading == "-" else reading
        if str(read(word)) != expected:
            wrong.append(f"{word}: {read(word)}, not {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("щука", ("fish",)),
        ("хаски в снегу", ("dog",)),
        ("a corgi and a sparrow", ("dog", "bird")),
        ("красная феррари", ("car",)),
        ("пирата с попугаем", ("man",)),
        ("квантовая физика", ()),
        ("кот в скафандре", ()),
        ("猫", ()),
    ],
)
def test_what_is_related_is_offered(prompt: str, keys: tuple[str, ...]) -> None:
    assert offers(read(prompt)) == keys


def test_what_is_offered_can_be_painted() -> None:
    lines = files("store.reader").joinpath("kinds.txt").read_text("utf-8").splitlines()
    keys = {line.split("\t")[0] for line in lines if not line.startswith("#")}
    known = {s.key for s in (*things("things.txt"), *things("more_things.txt"))}
    assert keys <= known
