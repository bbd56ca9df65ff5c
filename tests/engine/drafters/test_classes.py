"""ImageNet's classes by the names that people write."""

import re

import pytest

from engine.drafters.second_stage.classes import class_names, class_of
from engine.errors import EngineError


def test_each_of_the_thousand_classes_has_names_of_its_own_in_both_languages() -> None:
    names = class_names()
    assert len(names) == 1000
    for some in names:
        assert any(re.search("[a-zé]", name) for name in some), some
        assert any(re.search("[а-яё]", name) for name in some), some
    every = [name.lower().replace("ё", "е") for some in names for name in some]
    assert len({*every}) == len(every)


def test_every_name_is_found_as_it_stands() -> None:
    found = [class_of(name) for some in class_names() for name in some]
    expected = [number for number, some in enumerate(class_names()) for _ in some]
    wrong = [a for a, b in zip(found, expected, strict=True) if a != b]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("рыжий кот в шляпе", 281),
        ("два золотистых ретривера", 207),
        ("маяки", 437),
        ("a volcano at night", 980),
        ("три белых медведя", 296),
        ("Komodo dragons", 48),
        ("ёж морской, морской ёж", 328),
        ("чёрный лебедь", 100),
        ("a goldfish", 1),
        ("грузовой фургон", 675),
        ("боровик", 997),
    ],
)
def test_forms_of_names_are_understood_and_the_longest_name_wins(text: str, number: int) -> None:
    assert class_of(text) == number


@pytest.mark.parametrize(("text", "near"), [("вулкон", "вулкан"), ("ъъъъ", "кот"), ("zzz", "cat")])
def test_what_is_no_class_is_told_with_what_is_near(text: str, near: str) -> None:
    with pytest.raises(EngineError) as error:
        class_of(text)
    assert error.value.key == "class-unknown" and near in str(error.value.values["near"])
