"""Broadcasts to every chat, and alerts to administrators."""

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
from store import alerts, broadcasts, jobs, letters
from store.audit import Order
from store.records import Notice
from tests.bot_fixtures import (
    ADMIN,
    ANNA,
    BORIS,
    GROUP,
    Room,
    bad_request,
    engine_is_here,
)
from tests.store_fixtures import claimed, sql

HOUR_AGO = "told_ms - 3600000"


async def _known_chats(room: Room) -> None:
    """Everybody has been written to once: two people, a group, the administrator."""
    for user in (ANNA, BORIS, ADMIN):
        await room.say("/help", user=user)
    await room.say("/help", chat=GROUP)
    room.telegram.calls.clear()


async def _asked(room: Room, text: str = "/broadcast Завтра бот отдыхает.", **more: Any) -> int:
    await room.say(text, user=ADMIN, **more)
    [(number,)] = await sql(room.db, "SELECT MAX(id) FROM broadcasts")
    return int(number)


def _sent_to(room: Room, text: str) -> list[int]:
    return [int(call.chat_id) for call in room.telegram.of(SendMessage) if call.text == text]


async def _states(room: Room) -> dict[int, str]:
    rows = await sql(room.db, "SELECT chat_id, state FROM letters")
    return {int(chat): state for chat, state in rows}


async def test_37_a_broadcast_is_confirmed_sent_to_all_once_and_audited(room: Room) -> None:
    await _known_chats(room)
    number = await _asked(room)
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
    await _known_chats(room)
    update = await room.say("/broadcast Привет", user=ADMIN)
    await room.feed(update)
    assert await sql(room.db, "SELECT COUNT(*) FROM broadcasts") == [(1,)]
    assert len(room.answers()) == 1


async def test_a_broadcast_keeps_its_markup_and_nothing_else_becomes_markup(room: Room) -> None:
    text = "/broadcast 🎨 bold <i> end"
    bold = {"type": "bold", "offset": 14, "length": 4}
    number = await _asked(room, text, entities=[{**bold, "offset": 0, "length": 18}])
    await _asked(room, text, entities=[bold])
    rows = await sql(room.db, "SELECT text FROM broadcasts ORDER BY id")
    assert rows == [("<b>🎨 bold</b> &lt;i&gt; end",), ("🎨 <b>bold</b> &lt;i&gt; end",)]
    await room.tap(f"cast:drop:{number}", user=ADMIN)
    assert room.telegram.of(EditMessageText)[-1].text == "Рассылка не отправлена."
    await room.tap(f"cast:send:{number}", user=ADMIN)
    assert room.toasts()[-1] == room.desk.texts("ru", "alert-stale")


async def test_a_long_broadcast_leaves_no_room_for_more_than_the_question(room: Room) -> None:
    await _asked(room, "/broadcast " + "🎨" * 2042)
    assert room.answers() == ["Отправить это в 0 чатов?"]


async def test_closed_chats_and_banned_people_are_skipped_until_they_come_back(
    room: Room,
) -> None:
    await _known_chats(room)
    await room.say(f"/ban {BORIS}", user=ADMIN)
    number = await _asked(room)
    assert room.answers()[-1].endswith("в 3 чата?")
    await room.tap(f"cast:send:{number}", user=ADMIN)
    room.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, "blocked"))
    room.telegram.fail(SendMessage, bad_request("can't parse entities"))
    await room.post()
    await room.post()
    assert sorted((await _states(room)).values()) == ["failed", "sent", "unreachable"]
    assert "бота не пускают: 1\nне дошло: 1" in (room.telegram.of(EditMessageText)[-1].text or "")
    [(gone,)] = await sql(room.db, "SELECT chat_id FROM chats WHERE gone")
    await _asked(room)
    assert room.answers()[-1].endswith("в 2 чата?")
    if gone > 0:
        await room.say("/help", user=gone)
    else:
        await room.say("/help", chat=gone)
    await _asked(room)
    assert room.answers()[-1].endswith("в 3 чата?")


async def test_a_broadcast_goes_on_after_a_restart_and_nobody_gets_it_twice(room: Room) -> None:
    await _known_chats(room)
    await room.tap(f"cast:send:{await _asked(room)}", user=ADMIN)
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
    await _known_chats(room)
    await room.tap(f"cast:send:{await _asked(room)}", user=ADMIN)

    async def crash(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(letters, "settle", crash)
        with pytest.raises(KeyboardInterrupt):
            await room.post()
    await sql(room.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await room.post() == 3
    assert sorted(_sent_to(room, "Завтра бот отдыхает.")) == [GROUP, ANNA, BORIS, ADMIN]
    assert sorted((await _states(room)).values()) == ["sent", "sent", "sent", "uncertain"]


async def test_what_got_no_answer_is_not_sent_again_unless_it_never_left(room: Room) -> None:
    await _known_chats(room)
    await room.tap(f"cast:send:{await _asked(room)}", user=ADMIN)
    for failure in (_no_answer, lambda method: TelegramServerError(method, "bad gateway")):
        room.telegram.fail(SendMessage, failure)
        letter = await letters.due(room.db)
        assert letter is not None
        await room.free_chats()
        assert not await room.postman.deliver(letter)  # and then the postman rests
    room.telegram.fail(SendMessage, _no_connection)
    await room.post()
    states = sorted((await _states(room)).values())
    assert states == ["pending", "sent", "uncertain", "uncertain"]
    await sql(room.db, "UPDATE letters SET due_ms = 0")
    assert await room.post() == 1
    assert sorted((await _states(room)).values()) == ["sent", "sent", "uncertain", "uncertain"]


async def test_an_alert_without_an_answer_is_sent_again(room: Room) -> None:
    await _fail(room)
    room.telegram.fail(SendMessage, _no_answer)
    assert await room.post() == 1
    await sql(room.db, "UPDATE letters SET due_ms = 0")
    assert await room.post() == 1
    await _fail(room, error="engine-too-slow")
    await alerts.tell(room.db, [ADMIN])
    await letters.due(room.db)  # in the hands of a postman that is killed now
    await sql(room.db, "UPDATE letters SET lease_until_ms = 0 WHERE state = 'sending'")
    assert await room.post() == 1


async def test_letters_of_old_broadcasts_are_forgotten_with_the_next(room: Room) -> None:
    await _known_chats(room)
    await room.tap(f"cast:send:{await _asked(room)}", user=ADMIN)
    for _ in range(2):
        await room.post()
    await sql(room.db, "UPDATE letters SET created_ms = 0")
    second = await _asked(room, "/broadcast Привет")
    await room.tap(f"cast:send:{second}", user=ADMIN)
    assert await sql(room.db, "SELECT DISTINCT broadcast_id FROM letters") == [(second,)]


def _no_answer(method: Any) -> Exception:
    return TelegramNetworkError(method, "Request timeout error")


def _no_connection(method: Any) -> Exception:
    error = TelegramNetworkError(method, "ClientConnectorError")
    key: Any = None
    error.__cause__ = ClientConnectorError(key, OSError("refused"))
    return error


async def test_a_broadcast_can_be_stopped(room: Room) -> None:
    await _known_chats(room)
    number = await _asked(room)
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
    await _known_chats(room)
    await room.tap(f"cast:send:{await _asked(room)}", user=ADMIN)
    room.telegram.fail(SendMessage, lambda method: TelegramRetryAfter(method, "Flood", 30))
    room.telegram.fail(SendMessage, _no_connection)
    await room.post()
    assert sorted((await _states(room)).values()) == ["pending", "pending", "sent", "sent"]
    await sql(room.db, "UPDATE letters SET due_ms = 0")
    await sql(room.db, "UPDATE chats SET hold_until_ms = 0")
    await room.post()
    assert set((await _states(room)).values()) == {"sent"}


async def test_a_group_that_moved_gets_the_broadcast_in_its_new_place(room: Room) -> None:
    await _known_chats(room)
    await room.tap(f"cast:send:{await _asked(room)}", user=ADMIN)
    await sql(room.db, "DELETE FROM letters WHERE chat_id > 0")
    moved = GROUP * 1000
    room.telegram.fail(SendMessage, lambda method: TelegramMigrateToChat(method, "up", moved))
    await room.post()
    assert await _states(room) == {moved: "sent"}


def test_a_broadcast_stays_far_inside_telegrams_limits() -> None:
    assert 1 / post_office.SPACING_S <= 30 / 3


async def _fail(room: Room, *, user: int = ANNA, error: str = "engine-failed") -> None:
    await room.say("кот", user=user)
    job, token = await claimed(room.db)
    await jobs.fail(room.db, job.id, token, Notice(error), retry=False)


async def test_46_an_engine_failure_is_told_refunded_and_alerts_administrators(
    room: Room,
) -> None:
    await room.say("/help", user=ADMIN)  # it knows the administrator's language now
    room.telegram.calls.clear()
    await room.say("кот")
    await room.deliver()
    job, token = await claimed(room.db)
    await jobs.fail(room.db, job.id, token, Notice("engine-failed"), retry=False)
    await room.deliver()
    sorry = room.telegram.of(EditMessageText)[-1].text or ""
    assert sorry.startswith("«кот»: не получилось. Во время работы что-то сломалось.")
    await room.say("/me")
    assert "потрачено 0" in room.answers()[-1]
    assert await room.post() == 1
    alert = room.telegram.of(SendMessage)[-1]
    assert (alert.chat_id, alert.text) == (
        ADMIN,
        "⚠️ Картина 1 не получилась. Во время работы что-то сломалось.",
    )
    assert await room.post() == 0


async def test_46_a_broken_engine_does_not_flood_its_administrators(room: Room) -> None:
    for user in range(1000, 1005):
        await _fail(room, user=user)
        await room.post()
    assert len(_alerts(room)) == 1
    await _fail(room, error="engine-too-slow")  # other trouble is news
    assert await room.post() == 1
    await sql(room.db, f"UPDATE alerts SET told_ms = {HOUR_AGO}")
    assert await room.post() == 1
    assert "4 of them in all" in _alerts(room)[-1]


async def test_46_an_engine_that_is_gone_alerts_and_the_place_is_kept(room: Room) -> None:
    await room.say("кот")
    await claimed(room.db, lease_s=0)
    await jobs.reap(room.db)
    assert await room.post() == 1
    assert "The engine “engine” dropped picture 1" in _alerts(room)[-1]
    await sql(room.db, "UPDATE jobs SET updated_ms = updated_ms - 120000")
    assert await room.post() == 1
    assert "no engine answers, and 1 picture waits" in _alerts(room)[-1]
    assert await room.post() == 0
    assert [job.state for job in await room.jobs()] == ["queued"]


async def test_46_a_wait_with_an_engine_at_work_is_no_trouble(room: Room) -> None:
    await engine_is_here(room.db)
    await room.say("кот")
    await sql(room.db, "UPDATE jobs SET updated_ms = updated_ms - 120000")
    assert await room.post() == 0


async def test_46_without_administrators_nobody_is_told_and_nothing_piles_up(room: Room) -> None:
    await _fail(room)
    assert await alerts.tell(room.db, ()) == 1
    assert await _states(room) == {}


async def test_an_alert_goes_before_a_broadcast(room: Room) -> None:
    await _known_chats(room)
    number = await _asked(room)
    assert await broadcasts.start(room.db, Order(ADMIN, 1000), number, ADMIN, 77)
    await _fail(room)
    await alerts.tell(room.db, [ADMIN])
    first = await letters.due(room.db)
    assert first is not None
    assert first.broadcast_id is None


def _alerts(room: Room) -> list[str]:
    return [call.text for call in room.telegram.of(SendMessage) if call.text.startswith("⚠️")]
