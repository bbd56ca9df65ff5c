"""What Telegram shows of the bot itself, in the reader's language."""

from aiogram.methods import SetMyCommands, SetMyDescription, SetMyShortDescription

from bot import menu
from bot.asker import RUSSIAN_READERS
from sandbox.entities import utf16_length
from tests.bot_fixtures import Room

LANGUAGES: dict[str | None, str] = {code: "ru" for code in RUSSIAN_READERS} | {None: "en"}


async def test_33_the_menu_stands_in_both_languages(room: Room) -> None:
    await menu.publish(room.bot, room.desk.texts)
    published = {call.language_code: call.commands for call in room.telegram.of(SetMyCommands)}
    assert published.keys() == LANGUAGES.keys()
    for code, language in LANGUAGES.items():
        said = {one.command: one.description for one in published[code]}
        assert said["draw"] == room.desk.texts(language, "menu-draw")
        assert said.keys() == set(menu.COMMANDS)


async def test_33_the_description_stands_in_both_languages_and_fits(room: Room) -> None:
    await menu.introduce(room.bot, room.desk.texts)
    long, short = room.telegram.of(SetMyDescription), room.telegram.of(SetMyShortDescription)
    texts = room.desk.texts
    for code, language in LANGUAGES.items():
        assert (code, texts(language, "profile-description")) in [
            (call.language_code, call.description) for call in long
        ]
        assert (code, texts(language, "profile-about")) in [
            (call.language_code, call.short_description) for call in short
        ]
    assert long[-1].language_code is None  # or Russian readers would seem to have one
    assert max(utf16_length(call.description or "") for call in long) <= 512
    assert max(utf16_length(call.short_description or "") for call in short) <= 120


async def test_what_the_owner_says_of_the_bot_stays(room: Room) -> None:
    room.telegram.profile = "The bot of our art club."
    await menu.introduce(room.bot, room.desk.texts)
    assert room.telegram.of(SetMyDescription) == []
    assert room.telegram.of(SetMyShortDescription) == []
