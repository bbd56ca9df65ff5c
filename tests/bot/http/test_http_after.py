"""What comes after the picture, against Telegram's stand-in over HTTP, which refuses a lot."""

import pytest

from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from store import jobs
from tests.fixtures.telegram.http import HttpHarness

pytestmark = pytest.mark.thorough


async def _painted(
    http_harness: HttpHarness, user: SandboxUser, chat: SandboxChat, words: str
) -> SandboxMessage:
    """The message with the picture."""
    before = len(chat.from_bot)
    http_harness.telegram.say(user, chat, words)
    await http_harness.finish(await http_harness.claim())
    await http_harness.telegram.until(
        lambda: len(chat.from_bot) > before and "do:again" in str(chat.from_bot[-1].buttons), 15
    )
    return chat.from_bot[-1]


async def _unfold(http_harness: HttpHarness, picture: SandboxMessage, by: SandboxUser) -> None:
    http_harness.telegram.tap(picture.button("more"), by=by)
    await http_harness.telegram.until(lambda: len(picture.buttons) > 3, 10)


async def test_27_a_person_edits_the_words_and_shares_and_deletes_the_picture(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna <b>", language="ru")
    club = telegram.group("Art club", [anna])
    picture = await _painted(http_harness, anna, club, "/draw <кот>")
    await _unfold(http_harness, picture, anna)

    telegram.tap(picture.button("edit"), by=anna)
    await telegram.until(lambda: len(club.from_bot) == 2, 10)
    telegram.say(anna, club, "кит", reply_to=club.from_bot[-1])  # privacy mode lets replies in
    again = await http_harness.claim()
    assert (again.prompt, again.request.seed) == (
        "кит",
        (await jobs.find(http_harness.db, 1)).request.seed,  # type: ignore[union-attr]
    )

    question = telegram.inline_query(anna)
    await telegram.until(lambda: question.answer, 10)
    sent = telegram.send_inline(question, "1", club)
    assert (sent.kind, sent.text) == ("photo", "«<кот>»")

    query = telegram.tap(picture.button("delete"), by=anna)
    await telegram.until(lambda: picture.deleted and query.answer, 10)


async def test_past_48_hours_a_deleted_picture_is_emptied(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    picture = await _painted(http_harness, anna, chat, "a cat")
    await _unfold(http_harness, picture, anna)
    telegram.clock.advance(49 * 3600)
    animation = chat.from_bot[0]
    telegram.tap(picture.button("delete"), by=anna)
    for message in (picture, animation):
        await telegram.until(lambda one=message: one.text == "Deleted.", 10)  # type: ignore[misc]
        assert (message.kind, message.buttons, message.deleted) == ("photo", [], False)


async def test_32_the_gallery_turns_its_pages_without_an_upload(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    for words in ("a cat", "a dog"):
        await _painted(http_harness, anna, chat, words)
    telegram.say(anna, chat, "/gallery")
    await telegram.until(lambda: "1 of 2" in chat.from_bot[-1].text, 10)
    page, calls = chat.from_bot[-1], len(telegram.calls)
    telegram.tap(page.button("Older"))
    await telegram.until(lambda: "a cat" in page.text, 10)
    (turned,) = [call for call in telegram.calls[calls:] if call.method == "editMessageMedia"]
    assert isinstance(turned.arguments["media"], str)
    assert "attach://" not in turned.arguments["media"]


async def test_settings_are_turned_over_in_one_message(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    telegram.say(anna, chat, "/settings")
    (menu,) = await telegram.until(lambda: chat.from_bot, 10)
    telegram.tap(menu.button("Language"))
    await telegram.until(lambda: len(menu.buttons) == 4, 10)
    telegram.tap(menu.button("Русский"))
    await telegram.until(lambda: "Ваши настройки" in menu.text, 10)
    assert chat.from_bot == [menu]
