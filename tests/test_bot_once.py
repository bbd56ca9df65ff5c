"""A line that Telegram may have taken already: it is waited for, and not sent again and again."""

import asyncio
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import EditMessageText, SendAnimation, SendMessage, SendPhoto, TelegramMethod
from aiohttp import ClientConnectorError
from aiohttp.client_reqrep import ConnectionKey

from bot.courier import Courier
from bot.messages import TEXT_TIMEOUT_S, UPLOAD_TIMEOUT_S
from bot.satchel import Satchel
from store import outbox
from tests.bot_fixtures import Room, bad_request
from tests.delivery_fixtures import owed
from tests.store_fixtures import sql


def unanswered(method: TelegramMethod[Any]) -> Exception:
    """The call has left, and nobody knows what became of it."""
    return _caused(TelegramNetworkError(method, "Request timeout error"), TimeoutError())


def unconnected(method: TelegramMethod[Any]) -> Exception:
    key = ConnectionKey("telegram", 443, True, True, None, None, None)
    cause = ClientConnectorError(key, OSError("no route"))
    return _caused(TelegramNetworkError(method, "ClientConnectorError"), cause)


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


async def _deliver_now(room: Room) -> list[str]:
    await sql(room.db, "UPDATE outbox SET due_ms = 0")
    return await room.deliver()


async def test_a_slow_answer_outlives_the_lease_and_is_still_the_only_one(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, arrived, answer = 0, asyncio.Event(), asyncio.Event()
    make_request, due = room.telegram.make_request, outbox.due

    async def slowly(bot: Bot, method: Any, timeout: int | None = None) -> Any:
        arrived.set()
        await answer.wait()
        return await make_request(bot, method, timeout)

    async def counted(*arguments: Any) -> outbox.Delivery | None:
        nonlocal looks
        looks += 1
        return await due(*arguments)

    monkeypatch.setattr(room.telegram, "make_request", slowly)
    monkeypatch.setattr(outbox, "due", counted)
    monkeypatch.setattr("bot.courier.LOOK_S", 0.005)
    monkeypatch.setattr("store.chats.SPACING_MS", 0)
    await room.say("кот")
    stop, desk = asyncio.Event(), room.desk
    satchel = Satchel(
        room.db,
        room.files,
        desk.texts,
        room.courier._messages,
        room.courier._lookout,
        room.courier._board,
    )
    running = asyncio.create_task(Courier("slow", satchel, desk.nudge, lease_s=0.001).run(stop))
    await arrived.wait()
    seen = looks
    while looks < seen + 4:  # it looks into the outbox long after the lease has ended
        await asyncio.sleep(0.005)
    answer.set()
    stop.set()
    await running
    assert await owed(room) == [("ack", "sent")]
    assert len(room.telegram.of(SendMessage)) == 1
    assert (await room.jobs())[0].status_message_id == 5001


async def test_a_new_line_is_waited_for_longer_than_an_edit_that_may_come_twice(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience: dict[type[Any], int | None] = {}
    make_request = room.telegram.make_request

    async def noted(bot: Bot, method: Any, timeout: int | None = None) -> Any:
        patience[type(method)] = timeout
        return await make_request(bot, method, timeout)

    monkeypatch.setattr(room.telegram, "make_request", noted)
    await room.say("кот")
    await room.deliver()
    await room.painting()
    await room.show()
    assert patience[SendMessage] == UPLOAD_TIMEOUT_S > TEXT_TIMEOUT_S == patience[EditMessageText]


async def test_an_acknowledgement_that_may_have_come_is_repeated_only_so_often(room: Room) -> None:
    await room.say("кот")
    for _ in range(3):
        room.telegram.fail(SendMessage, unanswered)
        assert await _deliver_now(room) == ["ack"]
    assert await _deliver_now(room) == []
    await room.finish(await room.painting())
    assert await _deliver_now(room) == ["animation", "slot", "picture"]  # none the less
    assert len(room.telegram.of(SendAnimation)) == 1


async def test_the_line_before_a_picture_may_stay_away_but_the_picture_comes(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    for _ in range(3):
        room.telegram.fail(SendMessage, unanswered)
        await _deliver_now(room)
    await _deliver_now(room)
    assert len(room.telegram.of(SendMessage)) == 1 + 3
    assert len(room.telegram.of(SendPhoto)) == 1
    assert {state for _, state in await owed(room)} == {"sent"}


async def test_what_has_never_left_is_sent_for_as_long_as_it_takes(room: Room) -> None:
    await room.say("кот")
    for _ in range(9):
        room.telegram.fail(SendMessage, unconnected)
        await _deliver_now(room)
        assert await owed(room) == [("ack", "pending")]
    await _deliver_now(room)
    assert await owed(room) == [("ack", "sent")]


async def test_a_status_message_sent_anew_is_not_sent_again_and_again(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.painting()
    room.telegram.fail(EditMessageText, bad_request("message to edit not found"))
    room.telegram.fail(SendMessage, unanswered)
    for _ in range(3):
        await room.show()
        room.telegram.fail(EditMessageText, bad_request("message to edit not found"))
    assert len(room.telegram.of(SendMessage)) == 2
