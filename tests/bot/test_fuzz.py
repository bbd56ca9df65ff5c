"""Random updates through the real dispatcher: nothing escapes, and the ledger balances.

`make fuzz` feeds 20,000 of them; as one of the thorough tests it is a short form.
"""

import json
import os
import random
from typing import Any

import pytest

from bot.updates.inbox import InboxProcessor
from store.messages import inbox
from store.messages.inbox import read_update
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, BotHarness, person
from tests.fixtures.cluster.databases import ON_POSTGRESQL
from tests.fixtures.store import sql

pytestmark = pytest.mark.thorough

COUNT = int(os.environ.get("FUZZ_UPDATES", "500"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
BATCH = 50
WORDS = (
    "кот на синем фоне",
    "a red circle | blue:0.5 ^ a star",
    "/draw кот",
    "/draw@sandbox_bot a cat:2",
    "/start",
    "/start edit-1",
    "/settings",
    "/gallery",
    "/me",
    "/cancel",
    "/help",
    "/quota default 5",
    "/grant 100 5",
    "/stop борщ",
    "/broadcast hello",
    "/like",
    "/style синий",
    "/forget",
    "/nonsense",
)
BUTTONS = (
    "do:more:1:0",
    "do:again:1:1",
    "do:png:99999999999999999999:0",
    "page:100:quality",
    "set:100:shape:wide",
    "cancel:1",
    "leaf:1",
    "try:0",
    "cast:send:1",
    "stop:stop:0",
    "do:x:y:z",
    "",
    ":::",
)
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1 << 31,
    1 << 63,
    1 << 70,
    -(1 << 70),
    0.5,
    float("inf"),
    "",
    "\x00",
    "\ud83d",
    "\u202eкот",
    "a" * 5000,
    "я" * 70000,
    [],
    [None],
    {},
    {"id": "x"},
    [[[[[]]]]],
)


class Fuzzer:
    """Makes updates as Telegram does, and spoils every second one in one to three places."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._number = 0

    def update(self) -> dict[str, Any]:
        self._number += 1
        kind, event = self._random.choice((self._message, self._tap, self._inline, self._member))()
        update = {"update_id": self._number, kind: event}
        if self._random.random() < 0.5:
            for _ in range(self._random.randint(1, 3)):
                self._spoil(update[kind])
        return update

    def _message(self) -> tuple[str, dict[str, Any]]:
        kinds = ("message", "message", "message", "channel_post", "edited_message")
        chat = self._random.choice((ANNA, BORIS, ADMIN, GROUP))
        message: dict[str, Any] = {
            "message_id": self._random.randint(1, 500),
            "date": 1_700_000_000,
            "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"},
            "from": person(self._random.choice((ANNA, BORIS, ADMIN))),
        }
        photo = [{"file_id": "p", "file_unique_id": "u", "width": 64, "height": 64}]
        extras: tuple[dict[str, Any], ...] = (
            {"text": self._random.choice(WORDS)},
            {"photo": photo, "caption": self._random.choice(WORDS)},
            {"photo": photo, "media_group_id": "7", "caption": "кот"},
            {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 1}},
            {"migrate_to_chat_id": -100500},
            {"text": "/draw", "reply_to_message": {**message, "text": "кот"}},
            {"text": "кот", "forward_origin": {"type": "hidden_user", "date": 1}},
            {"new_chat_members": [person(ANNA)]},
        )
        return self._random.choice(kinds), {**message, **self._random.choice(extras)}

    def _tap(self) -> tuple[str, dict[str, Any]]:
        _, message = self._message()
        query = {"id": "q", "chat_instance": "c", "data": self._random.choice(BUTTONS)}
        return "callback_query", {**query, "from": person(ANNA), "message": message}

    def _inline(self) -> tuple[str, dict[str, Any]]:
        words = self._random.choice(("", "кот", "#1", "#99999999999999999999"))
        return "inline_query", {"id": "i", "from": person(BORIS), "query": words, "offset": ""}

    def _member(self) -> tuple[str, dict[str, Any]]:
        _, message = self._message()
        bot = {"id": 42, "is_bot": True, "first_name": "Mazok"}
        statuses = ("member", "left", "kicked", "restricted", "administrator", "emperor")
        old, new = ({"status": self._random.choice(statuses), "user": bot} for _ in range(2))
        event = {key: message[key] for key in ("chat", "from", "date")}
        return "my_chat_member", {**event, "old_chat_member": old, "new_chat_member": new}

    def _spoil(self, event: Any) -> None:
        """Replace, remove or add one value somewhere inside."""
        while isinstance(event, dict) and event:
            key = self._random.choice(list(event))
            inner = event[key]
            if isinstance(inner, dict) and self._random.random() < 0.7:
                event = inner
                continue
            match self._random.randrange(3):
                case 0:
                    del event[key]
                case 1:
                    event[key] = self._random.choice(ODD)
                case _:
                    event[self._random.choice(("text", "story", "photo", "x"))] = (
                        self._random.choice(ODD)
                    )
            return


async def test_nothing_escapes_and_the_ledger_balances(harness: BotHarness) -> None:
    fuzzer = Fuzzer(SEED)
    processor = InboxProcessor(harness.bot, harness.db, harness.dispatcher)
    for start in range(0, COUNT, BATCH):
        updates = [fuzzer.update() for _ in range(min(BATCH, COUNT - start))]
        await inbox.receive(
            harness.db, [read_update(json.loads(json.dumps(one))) for one in updates]
        )
        await harness.free_chats()
        assert await processor.run_once() <= len(updates)
        await harness.context.replies.drain()
        harness.telegram.calls.clear()
    assert await inbox.count(harness.db, "waiting") == 0
    assert await inbox.count(harness.db, "claimed") == 0
    assert await inbox.count(harness.db, "done") > COUNT / 4
    handled = await sql(
        harness.db,
        "SELECT reason, COUNT(*) FROM inbox WHERE state = 'set-aside' GROUP BY reason",
    )
    assert all("cannot be" in reason for reason, _ in handled), handled
    ((used, granted),) = await sql(harness.db, "SELECT SUM(used), SUM(granted) FROM users")
    ((charged, given),) = await sql(
        harness.db,
        "SELECT COALESCE(SUM(granted - delta), 0), COALESCE(SUM(granted), 0) FROM ledger",
    )
    assert (used, granted) == (charged, given)
    paid = "SELECT COUNT(*) FROM ledger WHERE reason = 'charge'"
    assert await sql(harness.db, paid) == await sql(harness.db, "SELECT COUNT(*) FROM jobs")
    if not ON_POSTGRESQL:  # which lets nobody write such a row
        assert await sql(harness.db, "PRAGMA foreign_key_check") == []
