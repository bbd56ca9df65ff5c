"""Categories, such as birds: which things they are, in both languages and in any form."""

import pytest

from store.questions.categories import all_categories, members_in
from store.reader.describe import all_subjects

ALL = all_subjects().keys()


def test_every_category_is_made_of_things_that_have_a_name() -> None:
    for members in all_categories().values():
        assert len(members) > 1 and set(members) <= ALL


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("птицы", "птица"),
        ("на синем пернатые", "на синем птица"),
        ("красная птица на синем фоне", "красная птица на синем фоне"),
        ("домашних животных", "кот"),
        ("a white bird", "a white bird"),
        ("Musical instruments!", "guitar"),
        ("морские обитатели", "рыба"),
        ("млекопитающее", "кот"),
        ("a wild cat", "a lion"),
    ],
)
def test_a_category_stands_for_each_of_its_members(text: str, first: str) -> None:
    members = list(members_in(text, ALL).values())
    assert members[0] == first and len(members) > 2


def test_only_members_that_are_known_count() -> None:
    assert members_in("red birds", {"owl", "penguin", "cat"}) == {
        "penguin": "red penguin",
        "owl": "red owl",
    }
    assert members_in("birds", {"cat"}) == {}


@pytest.mark.parametrize(
    "text", ["кот на синем", "", "…", "a cat", "коробка", "sweet potato", "a Christmas tree"]
)
def test_other_words_name_no_category(text: str) -> None:
    assert members_in(text, ALL) == {}
