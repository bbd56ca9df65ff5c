"""A delivery that always fails is given up, so that the chat's next message can go."""

from typing import Any

import pytest

from store.database.leased_queue import MAX_CLAIMS
from store.messages.outbox import INTERRUPTED
from tests.fixtures.bot import BotHarness
from tests.fixtures.store import sql


async def test_61_a_delivery_that_always_fails_is_given_up(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    async def fails(*arguments: Any, **names: Any) -> Any:
        nonlocal calls
        calls += 1
        raise RuntimeError("a fault of this program")

    await harness.say("кот")
    monkeypatch.setattr(harness.telegram, "make_request", fails)
    for _ in range(3 * MAX_CLAIMS):
        await harness.deliver()
        await sql(harness.db, "UPDATE outbox SET lease_until_ms = 0")
    [row] = await sql(harness.db, "SELECT state, tries, last_error FROM outbox")
    assert row == ("undeliverable", MAX_CLAIMS + 1, INTERRUPTED)
    assert calls == MAX_CLAIMS
    assert await sql(harness.db, "SELECT kind, count FROM alerts") == [("undeliverable", 1)]
