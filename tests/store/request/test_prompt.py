"""The grammar of prompts: what is read, what is refused, and that every refusal has its words."""

import math
import unicodedata
from pathlib import Path

import pytest

from store.errors import Refused, RequestError
from store.request.prompt import (
    MAX_PHRASES,
    MAX_PROMPT,
    MAX_SCENES,
    Phrase,
    parse_prompt,
    parse_scenes,
    split_weight,
)
from store.texts import FOLDER, LANGUAGES, Texts, sentence, supported_language


def one(prompt: str) -> Phrase:
    (phrase,) = parse_prompt(prompt)
    return phrase


def refusal(prompt: str) -> RequestError:
    with pytest.raises(RequestError) as caught:
        parse_prompt(prompt)
    return caught.value


def test_a_plain_text_has_weight_one_and_never_stops() -> None:
    assert one("красный шар") == Phrase("красный шар", 1.0, -math.inf)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("cat.png", ("cat.png", 1)),
        ("cat.png:-0,5", ("cat.png", -0.5)),
        ("cat.png: 2", ("cat.png", 2)),
        ("a:1:2", ("a:1", 2)),
        (r"C:\cats\1.png", (r"C:\cats\1.png", 1)),
        ("cat.png:heavy", ("cat.png:heavy", 1)),
    ],
)
def test_a_last_number_is_a_weight(text: str, parts: tuple[str, float]) -> None:
    assert split_weight(text) == parts


@pytest.mark.parametrize(
    ("prompt", "phrase"),
    [
        ("кот:2", Phrase("кот", 2)),
        ("кот:-0.5", Phrase("кот", -0.5)),
        ("кот:0,5", Phrase("кот", 0.5)),
        ("кот : .5 : 0.7", Phrase("кот", 0.5, 0.7)),
        ("a cat:1:-inf", Phrase("a cat", 1)),
        ("a cat:1e1", Phrase("a cat", 10)),
        ("a cat:+3.", Phrase("a cat", 3)),
        ("1:2:3:4", Phrase("1:2:3:4")),
        ("a clock at 7:30", Phrase("a clock at 7:30")),
        ("будильник на 12:05", Phrase("будильник на 12:05")),
        ("a poster 16:9", Phrase("a poster 16:9")),
        ("a poster 16:9 large:2", Phrase("a poster 16:9 large", 2)),
        ("счёт 3 : 2", Phrase("счёт 3 : 2")),
        ("cat http://x.org:8080", Phrase("cat http://x.org:8080")),
        ("cat http://x.org in red:2", Phrase("cat http://x.org in red", 2)),
        ("a C++ :: operator", Phrase("a C++ :: operator")),
        ("Star Wars: Return of the Sith", Phrase("Star Wars: Return of the Sith")),
        ("5", Phrase("5")),
        ("Звёздные войны: новая надежда", Phrase("Звёздные войны: новая надежда")),
        ("Звёздные войны: новая надежда:2", Phrase("Звёздные войны: новая надежда", 2)),
        ("кот:1_000", Phrase("кот:1_000")),
        ("кот:٣", Phrase("кот:٣")),
        ("кот:", Phrase("кот")),
        ("кот::2", Phrase("кот", 2)),
        ("кот:nano", Phrase("кот:nano")),
        ("❤️", Phrase("❤️")),
    ],
)
def test_numbers_are_peeled_from_the_right(prompt: str, phrase: Phrase) -> None:
    assert one(prompt) == phrase


def test_phrases_stand_in_their_order() -> None:
    assert parse_prompt("кот:2| a dog :-1 |море") == (
        Phrase("кот", 2),
        Phrase("a dog", -1),
        Phrase("море"),
    )


def test_scenes_stand_in_their_order_and_have_their_own_phrases() -> None:
    scenes = parse_scenes("кот:2| море ^a dog :-1^ночь")
    assert scenes == ((Phrase("кот", 2), Phrase("море")), (Phrase("a dog", -1),), (Phrase("ночь"),))
    assert parse_prompt("кот | море ^ ночь") == (Phrase("кот"), Phrase("море"), Phrase("ночь"))
    assert len(parse_scenes("^".join("к" * MAX_SCENES))) == MAX_SCENES


def test_negative_weights_alone_are_a_prompt() -> None:
    assert one("кот:-1").weight == -1


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("", "request-empty"),
        (" \n\t ", "request-empty"),
        ("|", "request-empty"),
        ("\u200b\u2060\u200d", "request-empty"),
        ("\u0301", "request-empty"),  # combining marks alone: acute, diaeresis, enclosing circle
        ("\u0301\u0308 \u20dd:2", "request-phrase-empty"),
        ("\u200d\u0903|\u0301", "request-empty"),  # a joiner and a spacing mark
        ("кот|\u0301\u0308", "request-phrase-empty"),
        ("кот|\u0301:2", "request-phrase-empty"),
        ("кот ^ \u0301", "request-scene-empty"),
        ("к" * (MAX_PROMPT + 1), "request-too-long"),
        ("к|" * MAX_PHRASES + "к", "request-too-many-phrases"),
        ("кот|", "request-phrase-empty"),
        ("кот||пёс", "request-phrase-empty"),
        ("^", "request-empty"),
        ("кот^", "request-scene-empty"),
        ("cute cat ^_^", "request-scene-empty"),
        ("кот ^ | ^ пёс", "request-scene-empty"),
        ("кот ^ пёс |", "request-phrase-empty"),
        ("^".join("к" * (MAX_SCENES + 1)), "request-too-many-scenes"),
        ("к|" * (MAX_PHRASES - 1) + "к^к", "request-too-many-phrases"),
        ("кот ^ пёс:0", "request-weights-zero"),
        ("кот|:2", "request-phrase-empty"),
        ("кот|::", "request-phrase-empty"),
        ("кот:nan", "request-weight-not-a-number"),
        ("кот:-NaN", "request-weight-not-a-number"),
        ("кот:inf", "request-weight-not-a-number"),
        ("кот:-inf", "request-weight-not-a-number"),
        ("кот:Infinity:0.5", "request-weight-not-a-number"),
        ("кот:1:nan", "request-weight-not-a-number"),
        ("кот:1:inf", "request-weight-not-a-number"),
        ("кот:1000.5", "request-weight-too-large"),
        ("кот:-1e999", "request-weight-too-large"),
        ("кот:1:1e999", "request-weight-too-large"),
        ("кот:0", "request-weights-zero"),
        ("кот:0|пёс:-0.0", "request-weights-zero"),
    ],
)
def test_what_cannot_be_painted_is_refused_in_both_languages(prompt: str, key: str) -> None:
    error = refusal(prompt)
    assert error.key == key
    assert str(error) == sentence(error, "en")
    assert "{" not in sentence(error, "ru") + sentence(error, "en")
    assert any("а" <= letter <= "я" for letter in sentence(error, "ru"))


def test_the_limits_themselves_are_allowed() -> None:
    assert one("к" * MAX_PROMPT).text == "к" * MAX_PROMPT
    assert len(parse_prompt("|".join("к" * MAX_PHRASES))) == MAX_PHRASES
    assert one("кот:-1000").weight == -1000


def test_length_is_counted_after_cleaning() -> None:
    assert parse_prompt("к " * (MAX_PROMPT // 2) + " " * 1000)
    assert refusal("к" * 501).values == {"length": 501, "limit": 500}


def test_controls_and_reversals_become_spaces() -> None:
    assert one("кот\x00и\r\nпёс\x85у\u202eокна\u2066\ud800").text == "кот и пёс у окна"


def test_what_nobody_sees_inside_a_word_does_not_split_it() -> None:
    assert one("\ufeffсо\u00adба\u00adка на пля\u200bже").text == "собака на пляже"


def test_letters_are_composed() -> None:
    assert one(unicodedata.normalize("NFD", "ёй café")).text == "ёй café"


def test_joined_emoji_stay_joined() -> None:
    assert one("👩\u200d🎨").text == "👩\u200d🎨"


def test_numbers_are_not_grouped_and_plurals_agree() -> None:
    error = RequestError("request-too-long", length=10001, limit=10000)
    assert sentence(error, "ru") == "Запрос слишком длинный: 10001 символ, а можно не больше 10000."
    assert "10001 characters" in sentence(error, "en")
    assert "через 2 часа 5 минут." in sentence(Refused("no-credits", hours=2, minutes=5), "ru")
    assert "через 21 час 1 минуту." in sentence(Refused("no-credits", hours=21, minutes=1), "ru")
    assert "через 22 минуты." in sentence(Refused("no-credits", hours=0, minutes=22), "ru")


def test_one_key_has_one_sentence(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / f"{language}.ftl").write_text("no-credits = Nothing left.")
    with pytest.raises(ValueError, match="no-credits"):
        Texts(FOLDER, tmp_path).read()


def test_a_sentence_that_cannot_be_read_is_found_at_once(tmp_path: Path) -> None:
    (tmp_path / "ru.ftl").write_text("broken = { $")
    with pytest.raises(ValueError, match="cannot read"):
        Texts(tmp_path).read()


def test_an_unknown_key_is_a_mistake_of_ours() -> None:
    for language in LANGUAGES:
        with pytest.raises(KeyError):
            Texts(FOLDER)(language, "no-such-key")


def test_other_languages_are_answered_in_english() -> None:
    codes = ("ru", "ru-RU", "EN_us", "uk", "", None)
    assert [supported_language(code) for code in codes] == ["ru", "ru", "en", "en", "en", "en"]
