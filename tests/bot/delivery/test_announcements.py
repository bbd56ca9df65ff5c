"""Broadcasts: to every chat, once, slowly, whatever happens on the way."""

from typing import Any

import pytest
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import EditMessageText, SendMessage
from aiohttp import ClientConnectorError

from bot.delivery.announcements import SPACING_S, AnnouncementSender
from store.messages import announcements
from tests.fixtures.announcement import drafted, known_chats, no_answer, states
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, BotHarness, bad_request
from tests.fixtures.store import sql


def _sent_to(harness: BotHarness, text: str) -> list[int]:
    return [int(call.chat_id) for call in harness.telegram.of(SendMessage) if call.text == text]


async def test_37_a_broadcast_is_confirmed_sent_to_all_once_and_audited(
    harness: BotHarness,
) -> None:
    await known_chats(harness)
    number = await drafted(harness)
    (question,) = harness.telegram.of(SendMessage)
    assert question.text.startswith("Завтра бот отдыхает.\n\n")
    assert question.text.endswith("Отправить это в 4 чата?")
    assert await harness.send_announcements() == 0  # not before it is confirmed
    await harness.tap(f"cast:send:{number}", user=ADMIN)
    await harness.tap(f"cast:send:{number}", user=ADMIN)
    assert await harness.send_announcements() == 4
    text = "Завтра бот отдыхает."
    assert sorted(_sent_to(harness, text)) == [GROUP, ANNA, BORIS, ADMIN]
    assert await harness.send_announcements() == 0
    edits = harness.telegram.of(EditMessageText)
    assert [edit.text for edit in edits] == [
        "Рассылка идёт: 0 из 4",
        "Рассылка закончена: 4 из 4",
    ]
    keyboard: Any = edits[0].reply_markup
    assert keyboard.inline_keyboard[0][0].callback_data == f"cast:stop:{number}"
    assert edits[1].reply_markup is None
    rows = await sql(harness.db, "SELECT admin_id, action, details FROM audit")
    assert rows == [(ADMIN, "broadcast", f'{{"number": {number}}}')]


async def test_37_an_update_that_comes_again_drafts_nothing_new(harness: BotHarness) -> None:
    await known_chats(harness)
    update = await harness.say("/broadcast Привет", user=ADMIN)
    await harness.feed(update)
    assert await sql(harness.db, "SELECT COUNT(*) FROM broadcasts") == [(1,)]
    assert len(harness.answers()) == 1


async def test_a_broadcast_keeps_its_markup_and_nothing_else_becomes_markup(
    harness: BotHarness,
) -> None:
    text = "/broadcast 🎨 bold <i> end"
    bold = {"type": "bold", "offset": 14, "length": 4}
    number = await drafted(harness, text, entities=[{**bold, "offset": 0, "length": 18}])
    await drafted(harness, text, entities=[bold])
    rows = await sql(harness.db, "SELECT text FROM broadcasts ORDER BY id")
    assert rows == [("<b>🎨 bold</b> &lt;i&gt; end",), ("🎨 <b>bold</b> &lt;i&gt; end",)]
    await harness.tap(f"cast:drop:{number}", user=ADMIN)
    assert harness.telegram.of(EditMessageText)[-1].text == "Рассылка не отправлена."
    await harness.tap(f"cast:send:{number}", user=ADMIN)
    assert harness.toasts()[-1] == harness.context.texts("ru", "alert-stale")


async def test_a_long_broadcast_leaves_no_room_for_more_than_the_question(
    harness: BotHarness,
) -> None:
    await drafted(harness, "/broadcast " + "🎨" * 2042)
    assert harness.answers() == ["Отправить это в 0 чатов?"]


async def test_closed_chats_and_banned_people_are_skipped_until_they_come_back(
    harness: BotHarness,
) -> None:
    await known_chats(harness)
    await harness.say(f"/ban {BORIS}", user=ADMIN)
    number = await drafted(harness)
    assert harness.answers()[-1].endswith("в 3 чата?")
    await harness.tap(f"cast:send:{number}", user=ADMIN)
    harness.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, "blocked"))
    harness.telegram.fail(SendMessage, bad_request("can't parse entities"))
    await harness.send_announcements()
    await harness.send_announcements()
    assert sorted((await states(harness)).values()) == ["failed", "sent", "unreachable"]
    assert "бот заблокирован: 1\nне дошло: 1" in (
        harness.telegram.of(EditMessageText)[-1].text or ""
    )
    [(gone,)] = await sql(harness.db, "SELECT chat_id FROM chats WHERE gone")
    await drafted(harness)
    assert harness.answers()[-1].endswith("в 2 чата?")
    if gone > 0:
        await harness.say("/help", user=gone)
    else:
        await harness.say("/help", chat=gone)
    await drafted(harness)
    assert harness.answers()[-1].endswith("в 3 чата?")


async def test_a_broadcast_goes_on_after_a_restart_and_nobody_gets_it_twice(
    harness: BotHarness,
) -> None:
    await known_chats(harness)
    await harness.tap(f"cast:send:{await drafted(harness)}", user=ADMIN)
    for _ in range(2):
        announcement = await announcements.claim_due(harness.db)
        assert announcement is not None
        await harness.free_chats()
        await harness.announcement_sender.deliver(announcement)
    await announcements.claim_due(harness.db)  # leased by a sender that is killed now
    harness.announcement_sender = AnnouncementSender(
        harness.bot,
        harness.db,
        harness.context.texts,
        harness.courier._board,
        harness.context.admins,
    )
    assert await harness.send_announcements() == 1
    await sql(harness.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await harness.send_announcements() == 0
    sent_to = _sent_to(harness, "Завтра бот отдыхает.")
    assert len(sent_to) == len(set(sent_to)) == 3
    assert harness.telegram.of(EditMessageText)[-1].text == (
        "Рассылка закончена: 3 из 4\nнеизвестно, дошло ли: 1"
    )


async def test_a_crash_right_after_a_send_sends_nothing_again(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known_chats(harness)
    await harness.tap(f"cast:send:{await drafted(harness)}", user=ADMIN)

    async def crash(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(announcements, "finish", crash)
        with pytest.raises(KeyboardInterrupt):
            await harness.send_announcements()
    await sql(harness.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await harness.send_announcements() == 3
    assert sorted(_sent_to(harness, "Завтра бот отдыхает.")) == [GROUP, ANNA, BORIS, ADMIN]
    assert sorted((await states(harness)).values()) == ["sent", "sent", "sent", "uncertain"]


async def test_what_got_no_answer_is_not_sent_again_unless_it_never_left(
    harness: BotHarness,
) -> None:
    await known_chats(harness)
    await harness.tap(f"cast:send:{await drafted(harness)}", user=ADMIN)
    for failure in (no_answer, lambda method: TelegramServerError(method, "bad gateway")):
        harness.telegram.fail(SendMessage, failure)
        announcement = await announcements.claim_due(harness.db)
        assert announcement is not None
        await harness.free_chats()
        assert not await harness.announcement_sender.deliver(
            announcement
        )  # and then the sender rests
    harness.telegram.fail(SendMessage, _no_connection)
    await harness.send_announcements()
    assert sorted((await states(harness)).values()) == ["pending", "sent", "uncertain", "uncertain"]
    await sql(harness.db, "UPDATE letters SET due_ms = 0")
    assert await harness.send_announcements() == 1
    assert sorted((await states(harness)).values()) == ["sent", "sent", "uncertain", "uncertain"]


async def test_announcements_of_old_broadcasts_are_forgotten_with_the_next(
    harness: BotHarness,
) -> None:
    await known_chats(harness)
    await harness.tap(f"cast:send:{await drafted(harness)}", user=ADMIN)
    for _ in range(2):
        await harness.send_announcements()
    await sql(harness.db, "UPDATE letters SET created_ms = 0")
    second = await drafted(harness, "/broadcast Привет")
    await harness.tap(f"cast:send:{second}", user=ADMIN)
    assert await sql(harness.db, "SELECT DISTINCT broadcast_id FROM letters") == [(second,)]


def _no_connection(method: Any) -> Exception:
    error = TelegramNetworkError(method, "ClientConnectorError")
    key: Any = None
    error.__cause__ = ClientConnectorError(key, OSError("refused"))
    return error


async def test_a_broadcast_can_be_stopped(harness: BotHarness) -> None:
    await known_chats(harness)
    number = await drafted(harness)
    await harness.tap(f"cast:send:{number}", user=ADMIN)
    announcement = await announcements.claim_due(harness.db)
    assert announcement is not None
    await harness.free_chats()
    await harness.announcement_sender.deliver(announcement)
    in_flight = await announcements.claim_due(harness.db)
    assert in_flight is not None
    await harness.tap(f"cast:stop:{number}", user=ADMIN)
    await sql(harness.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await harness.send_announcements() == 0
    assert len(_sent_to(harness, "Завтра бот отдыхает.")) == 1
    text = harness.telegram.of(EditMessageText)[-1].text
    assert text == "Рассылка остановлена: 1 из 4\nнеизвестно, дошло ли: 1"
    rows = await sql(harness.db, "SELECT action FROM audit ORDER BY id")
    assert rows == [("broadcast",), ("broadcast-stop",)]


async def test_trouble_with_one_chat_delays_only_its_announcement(harness: BotHarness) -> None:
    await known_chats(harness)
    await harness.tap(f"cast:send:{await drafted(harness)}", user=ADMIN)
    harness.telegram.fail(SendMessage, lambda method: TelegramRetryAfter(method, "Flood", 30))
    harness.telegram.fail(SendMessage, _no_connection)
    await harness.send_announcements()
    assert sorted((await states(harness)).values()) == ["pending", "pending", "sent", "sent"]
    await sql(harness.db, "UPDATE letters SET due_ms = 0")
    await sql(harness.db, "UPDATE chats SET hold_until_ms = 0")
    await harness.send_announcements()
    assert set((await states(harness)).values()) == {"sent"}


async def test_a_group_that_moved_gets_the_broadcast_in_its_new_place(harness: BotHarness) -> None:
    await known_chats(harness)
    await harness.tap(f"cast:send:{await drafted(harness)}", user=ADMIN)
    await sql(harness.db, "DELETE FROM letters WHERE chat_id > 0")
    moved = GROUP * 1000
    harness.telegram.fail(SendMessage, lambda method: TelegramMigrateToChat(method, "up", moved))
    await harness.send_announcements()
    assert await states(harness) == {moved: "sent"}


def test_a_broadcast_stays_far_inside_telegrams_limits() -> None:
    assert 1 / SPACING_S <= 30 / 3
