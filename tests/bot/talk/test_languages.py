"""The language of an answer: chosen, or of the words' script, or of the app; any with a file."""

from pathlib import Path

import pytest

from bot.telegram import language_of, language_of_words
from store.texts import Texts
from tests.fixtures.bot import ANNA, BORIS, BotHarness, person


@pytest.mark.parametrize(
    ("text", "app", "language"),
    [
        ("рыжий кот", "en", "ru"),
        ("a red cat", "ru", "en"),
        ("a red cat", "fr", "fr"),
        ("рыжий кот", "uk", "uk"),
        ("/me", "ru", "ru"),
        ("/daily on", "ru", "ru"),
        ("кот seed 1e99", "ru", "ru"),
        ("512x768, seed 42", "ru", "ru"),
        ("@mazok_bot", "ru", "ru"),
        ("/quota @anna", "ru", "ru"),
        ("/draw a cat", "ru", "en"),
        ("🐸 512x768", "ru", "ru"),
        ("🐸", "ru", "ru"),
        ("猫", "ru", "ru"),
    ],
)
def test_74_the_script_of_the_words_wins_over_the_app(text: str, app: str, language: str) -> None:
    assert language_of_words(text, app) == language


async def test_74_one_is_answered_in_the_language_that_one_writes(harness: BotHarness) -> None:
    await harness.say("кот", user=BORIS)
    await harness.say("a cat", user=ANNA)
    assert [job.language for job in await harness.jobs()] == ["ru", "en"]
    await harness.tap(f"set:{ANNA}:language:ru")  # what was chosen stays
    await harness.say("a cat", user=ANNA)
    assert (await harness.jobs())[-1].language == "ru"


def test_75_a_language_is_there_if_it_has_a_file(tmp_path: Path) -> None:
    (tmp_path / "en.ftl").write_text("hello = Hello\nbye = Bye, { hello }\n", "utf-8")
    (tmp_path / "ru.ftl").write_text("hello = Привет\nbye = Пока\n", "utf-8")
    (tmp_path / "fr.ftl").write_text("hello = Bonjour\n", "utf-8")
    texts = Texts(tmp_path)
    assert texts.languages == ("ru", "en", "fr")
    assert (texts("fr", "hello"), texts("fr", "bye")) == ("Bonjour", "Bye, Bonjour")
    assert texts("fr-CA", "hello") == "Bonjour"
    assert texts("de", "hello") == "Hello"


async def test_75_half_of_a_third_language_is_enough(harness: BotHarness, tmp_path: Path) -> None:
    source = Path("bot/texts/en.ftl").read_text("utf-8")
    (tmp_path / "en.ftl").write_text(source, "utf-8")
    (tmp_path / "ru.ftl").write_text(source, "utf-8")
    (tmp_path / "fr.ftl").write_text("talk-thanks = De rien !\n", "utf-8")
    harness.configure(texts=Texts(tmp_path))
    claire = {**person(BORIS), "language_code": "fr"}
    await harness.say("thanks", user=BORIS, sender=claire)
    await harness.say("hello", user=BORIS, sender=claire)
    assert harness.answers()[0] == "De rien !"
    assert harness.answers()[1].startswith("Hello!")


def test_the_languages_of_apps() -> None:
    def of(code: str | None, *languages: str) -> str:
        from aiogram.types import User

        user = User(id=1, is_bot=False, first_name="x", language_code=code)
        return language_of(user, languages or ("ru", "en"))

    assert [of("uk"), of("ru-RU"), of("de"), of(None)] == ["ru", "ru", "en", "en"]
    assert [of("uk", "ru", "en", "uk"), of("pt_BR", "ru", "en", "pt")] == ["uk", "pt"]
