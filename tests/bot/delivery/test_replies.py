"""A direct answer that does not reach Telegram is sent again, but not for ever."""

from collections.abc import Callable
from typing import Any

import pytest
from aiogram.exceptions import TelegramNetworkError, TelegramServerError
from aiogram.methods import SendMessage
from aiohttp import ClientConnectorError

from bot.delivery import replies
from bot.delivery.outcomes import OutcomeKind
from tests.fixtures.bot import WITHOUT_SPACING, BotHarness


def _no_connection(method: Any) -> Exception:
    error = TelegramNetworkError(method, "ClientConnectorError")
    key: Any = None
    error.__cause__ = ClientConnectorError(key, OSError("refused"))
    return error


ERRORS: dict[OutcomeKind, Callable[[Any], Exception]] = {
    OutcomeKind.UNREACHED: _no_connection,
    OutcomeKind.UNANSWERED: lambda method: TelegramNetworkError(method, "cut"),
    OutcomeKind.SERVER_ERROR: lambda method: TelegramServerError(method, "bad gateway"),
}


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
@pytest.mark.parametrize("kind", ERRORS, ids=str)
async def test_14_a_refusal_survives_a_network_error(
    kind: OutcomeKind, harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "RETRY_PAUSES_S", (0.0,))
    retries = replies.RETRIES[kind]
    for _ in range(retries):
        harness.telegram.fail(SendMessage, ERRORS[kind])
    await harness.say("кот:1e9")
    first, *again = harness.telegram.of(SendMessage)
    assert len(again) == retries >= 2 and set(map(repr, again)) == {repr(first)}
    for _ in range(retries + 1):
        harness.telegram.fail(SendMessage, ERRORS[kind])
    await harness.say("кот:1e8")
    assert len(harness.telegram.of(SendMessage)) == 2 * (retries + 1)  # and no more
