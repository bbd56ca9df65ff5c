"""What Telegram shows of the bot itself, in the reader's language."""

from aiogram.methods import SetMyCommands, SetMyDescription, SetMyShortDescription

from bot.telegram import RUSSIAN_READERS
from bot.views import command_menu
from sandbox.state.entities import utf16_length
from tests.fixtures.bot import BotHarness

LANGUAGES: dict[str | None, str] = {code: "ru" for code in RUSSIAN_READERS} | {None: "en"}


async def test_33_the_menu_stands_in_both_languages(harness: BotHarness) -> None:
    await command_menu.publish_commands(harness.bot, harness.context.texts)
    published = {call.language_code: call.commands for call in harness.telegram.of(SetMyCommands)}
    assert published.keys() == LANGUAGES.keys()
    for code, language in LANGUAGES.items():
        said = {one.command: one.description for one in published[code]}
        assert said["draw"] == harness.context.texts(language, "menu-draw")
        assert said.keys() == set(command_menu.COMMANDS)


async def test_33_the_description_stands_in_both_languages_and_fits(harness: BotHarness) -> None:
    await command_menu.publish_descriptions(harness.bot, harness.context.texts)
    long, short = harness.telegram.of(SetMyDescription), harness.telegram.of(SetMyShortDescription)
    texts = harness.context.texts
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


async def test_what_the_owner_says_of_the_bot_stays(harness: BotHarness) -> None:
    harness.telegram.profile = "The bot of our art club."
    await command_menu.publish_descriptions(harness.bot, harness.context.texts)
    assert harness.telegram.of(SetMyDescription) == []
    assert harness.telegram.of(SetMyShortDescription) == []
