"""The language of an answer: chosen, or of the words' script, or of the app; any with a file."""

from pathlib import Path

import pytest
from aiogram.methods import EditMessageText, SendMessage
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.telegram import language_of, language_of_words, thread_of, to_direct_messages
from store.texts import FOLDER, Texts
from tests.fixtures.bot import ANNA, BORIS, BotHarness, buttons, person


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
        ("10000x10000", "ru", "ru"),
        ("seed 1e99", "ru", "ru"),
        ("a cat 10000x10000", "ru", "en"),
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


async def test_75_settings_offer_every_language_that_there_is(
    harness: BotHarness, tmp_path: Path
) -> None:
    folder = Path("bot/texts")
    for code in ("en", "ru"):
        (tmp_path / f"{code}.ftl").write_text((folder / f"{code}.ftl").read_text("utf-8"), "utf-8")
    (tmp_path / "fr.ftl").write_text("language-fr = Français\ntastes-kept = Noté.\n", "utf-8")
    (tmp_path / "de.ftl").write_text("talk-thanks = Gern!\n", "utf-8")
    harness.configure(texts=Texts(FOLDER, tmp_path, folder / "admin"))
    await harness.tap(f"page:{ANNA}:language")
    shown = buttons(harness.telegram.of(EditMessageText)[-1])
    assert shown["Français"] == f"set:{ANNA}:language:fr"
    assert shown["de"] == f"set:{ANNA}:language:de"
    await harness.tap(f"set:{ANNA}:language:fr")
    assert harness.toasts()[-1] == "Noté."


async def test_74_a_press_is_answered_in_the_language_of_its_message(harness: BotHarness) -> None:
    keyboard = InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="Отменить", callback_data="cancel:99")]]
    )
    await harness.tap("cancel:99", user=BORIS, keyboard=keyboard)
    await harness.tap("cancel:99", user=BORIS)
    russian, english = harness.toasts()
    assert russian == harness.context.texts("ru", "alert-stale")
    assert english == harness.context.texts("en", "alert-stale")


async def test_direct_messages_of_a_channel_are_answered_in_their_topic() -> None:
    message = Message.model_validate(
        {
            "message_id": 5,
            "date": 1,
            "chat": {"id": -100, "type": "supergroup", "is_direct_messages": True},
            "direct_messages_topic": {"topic_id": 77},
        }
    )
    sent = SendMessage(chat_id=-100, text="x", message_thread_id=thread_of(message))
    moved = to_direct_messages(sent)
    assert (moved.message_thread_id, moved.direct_messages_topic_id) == (None, 77)  # type: ignore[attr-defined]
    plain = SendMessage(chat_id=-100, text="x", message_thread_id=3)
    assert to_direct_messages(plain) is plain


def test_the_languages_of_apps() -> None:
    def of(code: str | None, *languages: str) -> str:
        from aiogram.types import User

        user = User(id=1, is_bot=False, first_name="x", language_code=code)
        return language_of(user, languages or ("ru", "en"))

    assert [of("uk"), of("ru-RU"), of("de"), of(None)] == ["ru", "ru", "en", "en"]
    assert [of("uk", "ru", "en", "uk"), of("pt_BR", "ru", "en", "pt")] == ["uk", "pt"]
