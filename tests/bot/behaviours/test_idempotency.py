"""A line that Telegram may have taken already: it is waited for, and not sent again and again."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import (
    EditMessageMedia,
    EditMessageText,
    SendChatAction,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiohttp import ClientConnectorError
from aiohttp.client_reqrep import ConnectionKey

from bot.delivery.courier import Courier
from bot.delivery.settings import DeliverySettings
from store.messages import outbox
from tests.fixtures.bot import WITHOUT_SPACING, BotHarness, bad_request
from tests.fixtures.delivery import outbox_states, shown
from tests.fixtures.store import sql


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


async def _deliver_now(harness: BotHarness) -> list[str]:
    await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    return await harness.deliver()


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
async def test_a_slow_answer_outlives_the_lease_and_is_still_the_only_one(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims, arrived, answer = 0, asyncio.Event(), asyncio.Event()
    make_request, due = harness.telegram.make_request, outbox.claim_due

    async def slowly(bot: Bot, method: Any, timeout: int | None = None) -> Any:
        arrived.set()
        await answer.wait()
        return await make_request(bot, method, timeout)

    async def counted(*arguments: Any, **options: Any) -> outbox.Delivery | None:
        nonlocal claims
        claims += 1
        return await due(*arguments, **options)

    monkeypatch.setattr(harness.telegram, "make_request", slowly)
    monkeypatch.setattr(outbox, "claim_due", counted)
    await harness.say("кот")
    stop, context = asyncio.Event(), harness.context
    settings = replace(WITHOUT_SPACING, courier_poll_s=0.005, courier_lease_s=0.001)
    delivery_context = replace(harness.delivery_context, settings=settings)
    running = asyncio.create_task(Courier("slow", delivery_context, context.nudge).run(stop))
    async with asyncio.timeout(20):
        await arrived.wait()
        seen = claims
        while claims < seen + 4:  # it looks into the outbox long after the lease has ended
            await asyncio.sleep(0.005)
    answer.set()
    stop.set()
    await running
    assert await outbox_states(harness) == [("ack", "sent")]
    assert len(harness.telegram.of(SendMessage)) == 1
    assert (await harness.jobs())[0].status_message_id == 5001


async def test_a_new_line_is_waited_for_longer_than_an_edit_that_may_come_twice(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, timeouts = DeliverySettings(), dict[type[Any], int | None]()
    make_request = harness.telegram.make_request

    async def noted(bot: Bot, method: Any, timeout: int | None = None) -> Any:
        timeouts[type(method)] = timeout
        return await make_request(bot, method, timeout)

    monkeypatch.setattr(harness.telegram, "make_request", noted)
    await harness.say("кот")
    await harness.deliver()
    await harness.painting()
    await harness.update_progress()
    assert timeouts[SendMessage] == settings.upload_timeout_s
    assert timeouts[EditMessageText] == settings.text_timeout_s < settings.upload_timeout_s


async def test_an_acknowledgement_that_may_have_come_is_repeated_only_so_often(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    for _ in range(3):
        harness.telegram.fail(SendMessage, unanswered)
        assert await _deliver_now(harness) == ["ack"]
    assert await _deliver_now(harness) == []
    await harness.finish(await harness.painting())
    assert await _deliver_now(harness) == ["animation", "picture"]  # none the less
    assert [one.kind for one in shown(harness)] == ["animation", "photo"]


async def test_14_where_no_line_is_known_a_film_whose_answer_was_lost_comes_once(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    for _ in range(3):
        harness.telegram.fail(SendMessage, unanswered)
        await _deliver_now(harness)
    await harness.finish(await harness.painting())
    harness.telegram.fail(EditMessageMedia, unanswered)
    assert await _deliver_now(harness) == ["animation"]  # in a line of its own
    await _deliver_now(harness)
    film, again, *pictures = shown(harness)
    assert film.message_id == again.message_id
    assert [one.kind for one in pictures] == ["photo"]
    sent = [call for call in harness.telegram.calls if type(call).__name__.startswith("Send")]
    assert {type(call) for call in sent} <= {SendMessage, SendPhoto, SendChatAction}
    assert {state for _, state in await outbox_states(harness)} == {"sent"}


async def test_a_line_of_an_earlier_version_becomes_the_picture(harness: BotHarness) -> None:
    """It may have been sent already when the bot was updated, or not."""
    for line in (None, 4999):
        await harness.say("кот")
        await harness.deliver()
        await harness.finish(await harness.painting())
        slot = "INSERT INTO outbox (job_id, chat_id, kind, state, due_ms, created_ms, message_id)"
        (job,) = await sql(harness.db, "SELECT max(id), chat_id FROM jobs")
        values = f"VALUES ({job[0]}, {job[1]}, 'slot', 'sent', 0, 0, {line or 'NULL'})"
        await sql(harness.db, f"{slot} {values}")
        await harness.deliver()
        assert shown(harness)[-1].message_id == line
    assert {state for _, state in await outbox_states(harness)} == {"sent"}


async def test_what_has_never_left_is_sent_for_as_long_as_it_takes(harness: BotHarness) -> None:
    await harness.say("кот")
    for _ in range(9):
        harness.telegram.fail(SendMessage, unconnected)
        await _deliver_now(harness)
        assert await outbox_states(harness) == [("ack", "pending")]
    await _deliver_now(harness)
    assert await outbox_states(harness) == [("ack", "sent")]


async def test_a_status_message_sent_anew_is_not_sent_again_and_again(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    await harness.painting()
    harness.telegram.fail(EditMessageText, bad_request("message to edit not found"))
    harness.telegram.fail(SendMessage, unanswered)
    for _ in range(3):
        await harness.update_progress()
        harness.telegram.fail(EditMessageText, bad_request("message to edit not found"))
    assert len(harness.telegram.of(SendMessage)) == 2
