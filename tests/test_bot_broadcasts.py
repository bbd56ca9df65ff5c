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

from bot import postman as post_office
from bot.postman import Postman
from store import letters
from tests.bot_fixtures import ADMIN, ANNA, BORIS, GROUP, Room, bad_request
from tests.letter_fixtures import asked, known_chats, no_answer, states
from tests.store_fixtures import sql


def _sent_to(room: Room, text: str) -> list[int]:
    return [int(call.chat_id) for call in room.telegram.of(SendMessage) if call.text == text]


async def test_37_a_broadcast_is_confirmed_sent_to_all_once_and_audited(room: Room) -> None:
    await known_chats(room)
    number = await asked(room)
    (question,) = room.telegram.of(SendMessage)
    assert question.text.startswith("Завтра бот отдыхает.\n\n")
    assert question.text.endswith("Отправить это в 4 чата?")
    assert await room.post() == 0  # not before it is confirmed
    await room.tap(f"cast:send:{number}", user=ADMIN)
    await room.tap(f"cast:send:{number}", user=ADMIN)
    assert await room.post() == 4
    text = "Завтра бот отдыхает."
    assert sorted(_sent_to(room, text)) == [GROUP, ANNA, BORIS, ADMIN]
    assert await room.post() == 0
    edits = room.telegram.of(EditMessageText)
    assert [edit.text for edit in edits] == [
        "Рассылка идёт: 0 из 4",
        "Рассылка закончена: 4 из 4",
    ]
    keyboard: Any = edits[0].reply_markup
    assert keyboard.inline_keyboard[0][0].callback_data == f"cast:stop:{number}"
    assert edits[1].reply_markup is None
    rows = await sql(room.db, "SELECT admin_id, action, details FROM audit")
    assert rows == [(ADMIN, "broadcast", f'{{"number": {number}}}')]


async def test_37_an_update_that_comes_again_drafts_nothing_new(room: Room) -> None:
    await known_chats(room)
    update = await room.say("/broadcast Привет", user=ADMIN)
    await room.feed(update)
    assert await sql(room.db, "SELECT COUNT(*) FROM broadcasts") == [(1,)]
    assert len(room.answers()) == 1


async def test_a_broadcast_keeps_its_markup_and_nothing_else_becomes_markup(room: Room) -> None:
    text = "/broadcast 🎨 bold <i> end"
    bold = {"type": "bold", "offset": 14, "length": 4}
    number = await asked(room, text, entities=[{**bold, "offset": 0, "length": 18}])
    await asked(room, text, entities=[bold])
    rows = await sql(room.db, "SELECT text FROM broadcasts ORDER BY id")
    assert rows == [("<b>🎨 bold</b> &lt;i&gt; end",), ("🎨 <b>bold</b> &lt;i&gt; end",)]
    await room.tap(f"cast:drop:{number}", user=ADMIN)
    assert room.telegram.of(EditMessageText)[-1].text == "Рассылка не отправлена."
    await room.tap(f"cast:send:{number}", user=ADMIN)
    assert room.toasts()[-1] == room.desk.texts("ru", "alert-stale")


async def test_a_long_broadcast_leaves_no_room_for_more_than_the_question(room: Room) -> None:
    await asked(room, "/broadcast " + "🎨" * 2042)
    assert room.answers() == ["Отправить это в 0 чатов?"]


async def test_closed_chats_and_banned_people_are_skipped_until_they_come_back(
    room: Room,
) -> None:
    await known_chats(room)
    await room.say(f"/ban {BORIS}", user=ADMIN)
    number = await asked(room)
    assert room.answers()[-1].endswith("в 3 чата?")
    await room.tap(f"cast:send:{number}", user=ADMIN)
    room.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, "blocked"))
    room.telegram.fail(SendMessage, bad_request("can't parse entities"))
    await room.post()
    await room.post()
    assert sorted((await states(room)).values()) == ["failed", "sent", "unreachable"]
    assert "бота не пускают: 1\nне дошло: 1" in (room.telegram.of(EditMessageText)[-1].text or "")
    [(gone,)] = await sql(room.db, "SELECT chat_id FROM chats WHERE gone")
    await asked(room)
    assert room.answers()[-1].endswith("в 2 чата?")
    if gone > 0:
        await room.say("/help", user=gone)
    else:
        await room.say("/help", chat=gone)
    await asked(room)
    assert room.answers()[-1].endswith("в 3 чата?")


async def test_a_broadcast_goes_on_after_a_restart_and_nobody_gets_it_twice(room: Room) -> None:
    await known_chats(room)
    await room.tap(f"cast:send:{await asked(room)}", user=ADMIN)
    for _ in range(2):
        letter = await letters.due(room.db)
        assert letter is not None
        await room.free_chats()
        await room.postman.deliver(letter)
    await letters.due(room.db)  # in the hands of a postman that is killed now
    room.postman = Postman(
        room.bot, room.db, room.desk.texts, room.courier._board, room.desk.admins
    )
    assert await room.post() == 1
    await sql(room.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await room.post() == 0
    sent_to = _sent_to(room, "Завтра бот отдыхает.")
    assert len(sent_to) == len(set(sent_to)) == 3
    assert room.telegram.of(EditMessageText)[-1].text == (
        "Рассылка закончена: 3 из 4\nнеизвестно, дошло ли: 1"
    )


async def test_a_crash_right_after_a_send_sends_nothing_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known_chats(room)
    await room.tap(f"cast:send:{await asked(room)}", user=ADMIN)

    async def crash(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(letters, "settle", crash)
        with pytest.raises(KeyboardInterrupt):
            await room.post()
    await sql(room.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await room.post() == 3
    assert sorted(_sent_to(room, "Завтра бот отдыхает.")) == [GROUP, ANNA, BORIS, ADMIN]
    assert sorted((await states(room)).values()) == ["sent", "sent", "sent", "uncertain"]


async def test_what_got_no_answer_is_not_sent_again_unless_it_never_left(room: Room) -> None:
    await known_chats(room)
    await room.tap(f"cast:send:{await asked(room)}", user=ADMIN)
    for failure in (no_answer, lambda method: TelegramServerError(method, "bad gateway")):
        room.telegram.fail(SendMessage, failure)
        letter = await letters.due(room.db)
        assert letter is not None
        await room.free_chats()
        assert not await room.postman.deliver(letter)  # and then the postman rests
    room.telegram.fail(SendMessage, _no_connection)
    await room.post()
    assert sorted((await states(room)).values()) == ["pending", "sent", "uncertain", "uncertain"]
    await sql(room.db, "UPDATE letters SET due_ms = 0")
    assert await room.post() == 1
    assert sorted((await states(room)).values()) == ["sent", "sent", "uncertain", "uncertain"]


async def test_letters_of_old_broadcasts_are_forgotten_with_the_next(room: Room) -> None:
    await known_chats(room)
    await room.tap(f"cast:send:{await asked(room)}", user=ADMIN)
    for _ in range(2):
        await room.post()
    await sql(room.db, "UPDATE letters SET created_ms = 0")
    second = await asked(room, "/broadcast Привет")
    await room.tap(f"cast:send:{second}", user=ADMIN)
    assert await sql(room.db, "SELECT DISTINCT broadcast_id FROM letters") == [(second,)]


def _no_connection(method: Any) -> Exception:
    error = TelegramNetworkError(method, "ClientConnectorError")
    key: Any = None
    error.__cause__ = ClientConnectorError(key, OSError("refused"))
    return error


async def test_a_broadcast_can_be_stopped(room: Room) -> None:
    await known_chats(room)
    number = await asked(room)
    await room.tap(f"cast:send:{number}", user=ADMIN)
    letter = await letters.due(room.db)
    assert letter is not None
    await room.free_chats()
    await room.postman.deliver(letter)
    in_flight = await letters.due(room.db)
    assert in_flight is not None
    await room.tap(f"cast:stop:{number}", user=ADMIN)
    await sql(room.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await room.post() == 0
    assert len(_sent_to(room, "Завтра бот отдыхает.")) == 1
    text = room.telegram.of(EditMessageText)[-1].text
    assert text == "Рассылка остановлена: 1 из 4\nнеизвестно, дошло ли: 1"
    rows = await sql(room.db, "SELECT action FROM audit ORDER BY id")
    assert rows == [("broadcast",), ("broadcast-stop",)]


async def test_trouble_with_one_chat_delays_only_its_letter(room: Room) -> None:
    await known_chats(room)
    await room.tap(f"cast:send:{await asked(room)}", user=ADMIN)
    room.telegram.fail(SendMessage, lambda method: TelegramRetryAfter(method, "Flood", 30))
    room.telegram.fail(SendMessage, _no_connection)
    await room.post()
    assert sorted((await states(room)).values()) == ["pending", "pending", "sent", "sent"]
    await sql(room.db, "UPDATE letters SET due_ms = 0")
    await sql(room.db, "UPDATE chats SET hold_until_ms = 0")
    await room.post()
    assert set((await states(room)).values()) == {"sent"}


async def test_a_group_that_moved_gets_the_broadcast_in_its_new_place(room: Room) -> None:
    await known_chats(room)
    await room.tap(f"cast:send:{await asked(room)}", user=ADMIN)
    await sql(room.db, "DELETE FROM letters WHERE chat_id > 0")
    moved = GROUP * 1000
    room.telegram.fail(SendMessage, lambda method: TelegramMigrateToChat(method, "up", moved))
    await room.post()
    assert await states(room) == {moved: "sent"}


def test_a_broadcast_stays_far_inside_telegrams_limits() -> None:
    assert 1 / post_office.SPACING_S <= 30 / 3
