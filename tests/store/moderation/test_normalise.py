"""Words are read as they are meant, however they are written."""

import random
import unicodedata

import pytest

from store.moderation.normalise import CYRILLIC, LATIN, Reading, normalise, reading, words

RUSSIAN = ("запретное", "слово", "ёжик", "йод", "кошка", "подъезд")
ENGLISH = ("forbidden", "word", "hedgehog", "cool", "quick", "zebra")
# One stand-in for each letter that has one, as a writer with bad intentions would choose it.
FOR_CYRILLIC = dict(zip("аверосухкмтз", "aBepocyxkMT3", strict=True)) | {"о": "0", "б": "6"}
FOR_LATIN = dict(zip("aeopcxyk", "аеорсхук", strict=True)) | {"i": "1", "s": "$", "t": "7"}


def _read(text: str) -> set[str]:
    """All readings of all words, those that were taken apart among them."""
    whole, apart = words(text)
    return {read.letters for word in whole + apart for read in word.readings}


@pytest.mark.parametrize("word", RUSSIAN + ENGLISH)
def test_a_word_can_be_read_again_however_it_was_disguised(word: str) -> None:
    chance = random.Random(word)
    stand_ins = FOR_CYRILLIC if set(normalise(word)) <= CYRILLIC else FOR_LATIN
    meant = reading(normalise(word)).letters
    for _ in range(200):
        text = word
        for disguise in chance.sample((_cased, _marked, _joined, _repeated, _replaced), 3):
            text = disguise(text, chance, stand_ins)
        assert meant in _read(text), text
        spaced = chance.choice((" ", ".", "-", " . ", "  ", "_", "/")).join(text)
        assert meant in _read(spaced), spaced


def _cased(text: str, chance: random.Random, _: dict[str, str]) -> str:
    return "".join(chance.choice((char.upper(), char.lower())) for char in text)


def _marked(text: str, chance: random.Random, _: dict[str, str]) -> str:
    return "".join(char + chance.choice(("", "\u0301", "\u0336")) for char in text)


def _joined(text: str, chance: random.Random, _: dict[str, str]) -> str:
    return "".join(char + chance.choice(("", "\u200d", "\u2060", "\ufe0f")) for char in text)


def _repeated(text: str, chance: random.Random, _: dict[str, str]) -> str:
    return "".join(
        char if unicodedata.combining(char) else char * chance.randint(1, 4) for char in text
    )


def _replaced(text: str, chance: random.Random, stand_ins: dict[str, str]) -> str:
    return "".join(
        stand_ins[char] if char in stand_ins and chance.random() < 0.5 else char for char in text
    )


def test_folding_twice_changes_nothing_more() -> None:
    chance = random.Random(0)
    for _ in range(300):
        text = "".join(chr(chance.randrange(0x20, 0x3000)) for _ in range(20))
        once = normalise(text)
        assert normalise(once) == once, ascii(text)


def test_any_text_at_all_can_be_folded() -> None:
    chance = random.Random(1)
    for _ in range(300):
        text = "".join(chr(chance.randrange(0x110000)) for _ in range(30))
        whole, apart = words(text)
        for word in whole + apart:
            assert word.readings and all(len(r.letters) == len(r.counts) for r in word.readings)


def test_letters_that_stand_twice_by_right_are_counted() -> None:
    assert reading("труппа") == Reading("трупа", (1, 1, 1, 2, 1))
    assert reading("гооолый") == Reading("голый", (1, 3, 1, 1, 1))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ｋｏｔ", "kot"),
        ("𝐤𝐨𝐭", "kot"),
        ("ЁЛКА", "елка"),
        ("Йод", "иод"),
        ("ñandú", "nandu"),
        ("ﬁsh", "fish"),
    ],
)
def test_ornaments_fall_off(text: str, word: str) -> None:
    assert normalise(text) == word


def test_an_honest_word_has_no_reading_in_the_other_alphabet_by_rough_likeness() -> None:
    assert _read("строгий") == {"строги"}
    assert not {"нагие"} & _read("hague")
    assert all(set(read) <= CYRILLIC or set(read) <= LATIN for read in _read("xenophobia"))


def test_short_words_in_a_row_are_not_taken_for_one_that_was_taken_apart() -> None:
    assert words("я и кот")[1] == []
    assert [word.spelled for word in words("я и к о т")[1]] == [True]
