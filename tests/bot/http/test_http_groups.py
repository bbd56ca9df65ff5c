"""Pictures in groups, over real HTTP: how many calls each takes, and what rings."""

import shutil
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.state.chats import SandboxChat, SandboxMessage
from sandbox.state.faults import Call
from store.texts import FOLDER, Texts
from tests.fixtures.store import sql
from tests.fixtures.telegram.http import FAST_CHATS, HttpHarness, open_http_harness

pytestmark = pytest.mark.thorough

PICTURES = 5


def _calls(http_harness: HttpHarness, chat: SandboxChat) -> list[Call]:
    """Return the calls that write to a chat, but for the previews of what is being painted."""
    return [
        call
        for call in http_harness.telegram.calls
        if call.method.startswith(("send", "edit", "copy", "forward", "delete"))
        and call.method != "sendChatAction"
        and int(call.arguments.get("chat_id", 0)) == chat.id
        and not _is_preview(call)
    ]


def _is_preview(call: Call) -> bool:
    return call.method.startswith("edit") and "cancel:" in str(call.arguments.get("reply_markup"))


def _has_buttons(message: SandboxMessage) -> bool:
    return any("do:again" in str(button.data) for button in message.buttons)


async def _messages(telegram: Sandbox, chat: SandboxChat, count: int) -> None:
    await telegram.until(lambda: len(chat.from_bot) == count, 15)


async def test_84_a_picture_takes_a_group_two_calls_beside_its_previews(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    people = [telegram.person(name, language="ru") for name in ("Аня", "Боря")]
    club = telegram.group("Club", people)
    for number in range(PICTURES):
        telegram.say(people[number % 2], club, "/draw рыжий кот")
        await _messages(telegram, club, number + 1)
        job = await http_harness.claim()
        if number == 0:  # one is watched
            await http_harness.report_frame(job, 3)
            await telegram.until(lambda: club.from_bot[-1].kind == "photo", 20)
        await http_harness.finish(job)
        await telegram.until(lambda: _has_buttons(club.from_bot[-1]), 20)
    calls = _calls(http_harness, club)
    assert len(calls) == 2 * PICTURES, [call.method for call in calls]
    assert [message.kind for message in club.from_bot] == ["photo"] * PICTURES


@pytest.mark.parametrize(
    ("words", "late", "methods"),
    [
        ("рыжий кот", False, ["sendMessage", "editMessageMedia"]),
        ("рыжий кот", True, ["sendMessage", "sendPhoto", "deleteMessage"]),
        ("рыжий кот, с анимацией", False, ["sendMessage", "editMessageMedia", "sendPhoto"]),
        ("рыжий кот, с анимацией", True, ["sendMessage", "editMessageMedia", "sendPhoto"]),
    ],
)
async def test_84_the_calls_of_each_kind_of_picture(
    http_harness: HttpHarness, words: str, late: bool, methods: list[str]
) -> None:
    """What took long, and what has a film, costs one more; all but the picture are silent."""
    telegram = http_harness.telegram
    anna = telegram.person("Аня", language="ru")
    club = telegram.group("Club", [anna])
    telegram.say(anna, club, f"/draw {words}")
    job = await http_harness.claim()
    await _messages(telegram, club, 1)
    if late:
        await sql(http_harness.db, "UPDATE jobs SET created_ms = created_ms - 61000")
    await http_harness.finish(job)
    await http_harness.all_delivered()
    assert [call.method for call in _calls(http_harness, club)] == methods
    silent = {message.kind: message.silent for message in club.from_bot if not message.deleted}
    assert silent.get("animation", True) and silent["photo"] is (len(methods) == 2)


async def test_84_the_phone_rings_with_a_picture_that_took_long(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Аня", language="ru")
    club = telegram.group("Club", [anna])
    asked = telegram.say(anna, club, "/draw рыжий кот")
    job = await http_harness.claim()
    await telegram.until(lambda: club.from_bot, 15)
    status = club.from_bot[0]
    await sql(http_harness.db, "UPDATE jobs SET created_ms = created_ms - 61000")
    await http_harness.finish(job)
    await telegram.until(lambda: status.deleted, 20)
    [picture] = [message for message in club.from_bot if not message.deleted]
    assert (picture.kind, picture.reply_to) == ("photo", asked) and _has_buttons(picture)
    assert len(picture.versions) == 1 and not picture.silent  # it came as what it is


async def test_77_a_group_gets_a_picture_a_day(tmp_path: Path, telegram: Sandbox) -> None:
    anna = telegram.person("Аня", language="ru")
    club = telegram.group("Club", [anna], admins=[anna])
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as http_harness:
        telegram.say(anna, club, "/daily on")
        job = await http_harness.claim()
        assert (job.chat_id, job.prompt.endswith("фоне")) == (club.id, True)
        await telegram.until(lambda: len(club.from_bot) == 2, 15)
        assert "/daily off" in " ".join(message.text for message in club.from_bot)
        await http_harness.finish(job)
        await telegram.until(lambda: any(map(_has_buttons, club.from_bot)), 20)
        await sql(http_harness.db, "UPDATE jobs SET request_key = 'daily:yesterday'")
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as http_harness:
        await http_harness.finish(await http_harness.claim())
        await telegram.until(lambda: sum(map(_has_buttons, club.from_bot)) == 2, 20)
        telegram.say(anna, club, "/daily off")
        await telegram.until(lambda: "больше" in club.from_bot[-1].text, 15)
        assert await sql(http_harness.db, "SELECT count(*) FROM jobs") == [(2,)]


async def test_75_a_language_of_one_file_is_spoken(
    tmp_path: Path, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for code in ("en", "ru"):
        shutil.copy(Path("bot/texts") / f"{code}.ftl", folder)
    (folder / "fr.ftl").write_text("language-fr = Français\ntalk-thanks = De rien !\n", "utf-8")
    texts = Texts(FOLDER, folder, Path("bot/texts/admin"))
    monkeypatch.setattr("bot.app.load_texts", lambda: texts)
    claire = telegram.person("Claire", language="fr")
    chat = telegram.chat(claire)
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS):
        for count, (words, said) in enumerate((("thanks", "De rien !"), ("hello", "Hello!")), 1):
            telegram.say(claire, claire, words)
            await _messages(telegram, chat, count)
            assert chat.from_bot[-1].text.startswith(said)
        telegram.say(claire, claire, "/settings")
        await _messages(telegram, chat, 3)
        settings = chat.from_bot[-1]
        telegram.tap(settings.button("language"), by=claire)
        await telegram.until(lambda: "Français" in [one.text for one in settings.buttons], 15)
