"""Updates of the inbox are dealt with once each; what cannot be is set aside and stops nobody."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from aiogram import Bot, Dispatcher
from aiogram.types import Update

from bot.middlewares.retry import StoreUnavailable
from bot.updates.inbox import InboxProcessor, InboxSettings
from store.database.database import Database
from store.messages import inbox
from store.messages.inbox import read_update
from tests.fixtures.bot import ANNA, BORIS, GROUP, person
from tests.fixtures.store import sql

Raw = dict[str, Any]


def update(number: int, chat: int, user: int = ANNA, **more: Any) -> Raw:
    kind = "private" if chat > 0 else "supergroup"
    message = {"message_id": number, "date": 0, "chat": {"id": chat, "type": kind}, "text": "кот"}
    return {"update_id": number, "message": {**message, "from": person(user), **more}}


def tap(number: int, chat: int, user: int) -> Raw:
    message = {"message_id": 1, "date": 0, "chat": {"id": chat, "type": "supergroup"}}
    query = {"id": "q", "from": person(user), "chat_instance": "c", "message": message}
    return {"update_id": number, "callback_query": query}


def inline(number: int, user: int) -> Raw:
    query = {"id": "q", "from": person(user), "query": "", "offset": ""}
    return {"update_id": number, "inline_query": query}


class Handlers:
    """A dispatcher that does as it is told."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.gates: dict[int, asyncio.Event] = {}  # by update
        self.broken: set[int] = set()
        self.away: list[int] = []  # how often the store cannot take which update
        self.stop = asyncio.Event()
        quick = InboxSettings(store_retry_s=0.0, poll_s=0.01)
        self.processor = InboxProcessor(cast(Bot, None), db, cast(Dispatcher, self), quick)

    async def receive(self, *updates: Raw) -> None:
        await inbox.receive(self.db, [read_update(raw) for raw in updates])
        self.processor.arrived.set()

    async def feed_update(self, bot: Bot, update: Update) -> None:
        number = update.update_id
        self.begun.append(number)
        await self.gates[number].wait() if number in self.gates else await asyncio.sleep(0)
        if number in self.broken:
            raise RuntimeError("a fault of ours")
        if number in self.away:
            self.away.remove(number)
            raise StoreUnavailable("the server starts up")
        self.ended.append(number)

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not look():
                await asyncio.sleep(0)


@pytest.fixture
def handlers(db: Database) -> Handlers:
    return Handlers(db)


async def test_chats_do_not_wait_for_each_other_and_each_keeps_its_order(
    handlers: Handlers,
) -> None:
    await handlers.receive(update(1, ANNA), update(2, GROUP), tap(3, GROUP, BORIS), inline(4, ANNA))
    handlers.gates = {1: asyncio.Event(), 2: asyncio.Event()}
    running = asyncio.create_task(handlers.processor.run(handlers.stop))
    await handlers.until(lambda: len(handlers.begun) == 2)
    await asyncio.sleep(0.05)
    assert handlers.begun == [1, 2]  # the third is of the second's chat, the fourth of the first's
    handlers.gates[2].set()
    await handlers.until(lambda: handlers.ended == [2, 3])
    handlers.gates[1].set()
    await handlers.until(lambda: handlers.ended == [2, 3, 1, 4])
    handlers.stop.set()
    await running
    assert await inbox.count(handlers.db, "done") == 4


async def test_an_end_lets_what_has_begun_come_to_its_end(handlers: Handlers) -> None:
    await handlers.receive(update(1, ANNA), update(2, ANNA))
    handlers.gates = {1: asyncio.Event()}
    running = asyncio.create_task(handlers.processor.run(handlers.stop))
    await handlers.until(lambda: handlers.begun == [1])
    handlers.stop.set()
    await asyncio.sleep(0.01)
    assert not running.done()
    handlers.gates[1].set()
    await asyncio.wait_for(running, 5)
    assert handlers.ended == [1] and await inbox.count(handlers.db, "waiting") == 1


async def test_63_an_update_that_fails_is_set_aside_and_holds_up_no_other(
    handlers: Handlers, caplog: pytest.LogCaptureFixture
) -> None:
    await handlers.receive(update(1, ANNA), update(2, ANNA), update(3, BORIS))
    handlers.broken = {1}
    assert await handlers.processor.run_once() == 3
    assert sorted(handlers.ended) == [2, 3]
    assert await inbox.count(handlers.db, "set-aside") == 1
    assert "update 1 (message) is set aside" in caplog.text and "кот" not in caplog.text


async def test_what_the_store_cannot_take_waits_for_it_with_all_that_follows(
    handlers: Handlers,
) -> None:
    await handlers.receive(update(1, ANNA), update(2, ANNA), update(3, BORIS))
    handlers.away = [1, 1]
    await handlers.processor.run_once()
    assert handlers.begun.count(1) == 3 and handlers.begun[-1] == 2
    assert handlers.ended == [3, 1, 2]


async def test_an_end_leaves_for_later_what_the_store_could_not_take(handlers: Handlers) -> None:
    await handlers.receive(update(1, ANNA))
    handlers.away = [1] * 1000
    running = asyncio.create_task(handlers.processor.run(handlers.stop))
    await handlers.until(lambda: len(handlers.begun) > 2)
    handlers.stop.set()
    await asyncio.wait_for(running, 5)
    assert await inbox.count(handlers.db, "claimed") == 1


async def test_what_another_process_stored_is_dealt_with(handlers: Handlers) -> None:
    running = asyncio.create_task(handlers.processor.run(handlers.stop))
    await asyncio.sleep(0.03)
    await inbox.receive(handlers.db, [read_update(update(1, ANNA))])
    await handlers.until(lambda: handlers.ended == [1])
    handlers.stop.set()
    await running


USER = {"id": ANNA, "is_bot": False, "first_name": "A"}
CHAT = {"id": ANNA, "type": "private"}
BASE = {"message_id": 1, "date": 0, "chat": CHAT, "from": USER}
MALFORMED: dict[str, Raw] = {
    "hidden user without a name": {
        "message": {**BASE, "forward_origin": {"type": "hidden_user", "date": 0}}
    },
    "origin of a kind newer than the library": {
        "message": {**BASE, "forward_origin": {"type": "galaxy", "date": 0}}
    },
    "origin without a kind": {"message": {**BASE, "forward_origin": {"date": 0}}},
    "external reply with an empty story": {
        "message": {
            **BASE,
            "external_reply": {"origin": {"type": "user", "date": 0, "sender_user": USER}}
            | {"story": {}},
        }
    },
    "chat member of a new status": {
        "my_chat_member": {
            "chat": CHAT,
            "from": USER,
            "date": 0,
            "old_chat_member": {"status": "left", "user": USER},
            "new_chat_member": {"status": "emperor", "user": USER},
        }
    },
    "administrator of an older server": {
        "my_chat_member": {
            "chat": CHAT,
            "from": USER,
            "date": 0,
            "old_chat_member": {"status": "left", "user": USER},
            "new_chat_member": {"status": "administrator", "user": USER},
        }
    },
    "message is a list": {"message": []},
    "message is a text": {"message": "кот"},
    "message is a number": {"message": 7},
    "message is empty": {"message": {}},
    "no chat": {"message": {"message_id": 1, "date": 0, "from": USER}},
    "chat is null": {"message": {**BASE, "chat": None}},
    "chat without an id": {"message": {**BASE, "chat": {"type": "private"}}},
    "chat id is a text": {"message": {**BASE, "chat": {"id": "x", "type": "private"}}},
    "chat of no type": {"message": {**BASE, "chat": {"id": 1}}},
    "sender without a name": {"message": {**BASE, "from": {"id": 1, "is_bot": False}}},
    "sender without an id": {"message": {**BASE, "from": {"is_bot": False, "first_name": "A"}}},
    "sender is a list": {"message": {**BASE, "from": [USER]}},
    "date is a text": {"message": {**BASE, "date": "yesterday"}},
    "date far away": {"message": {**BASE, "date": 10**20}},
    "message id is a text": {"message": {**BASE, "message_id": "one"}},
    "photo is a dict": {"message": {**BASE, "photo": {"file_id": "a"}}},
    "photo without sizes": {"message": {**BASE, "photo": [{"file_id": "a"}]}},
    "photo of nulls": {"message": {**BASE, "photo": [None]}},
    "document without an id": {"message": {**BASE, "document": {"file_name": "a.png"}}},
    "entities are a text": {"message": {**BASE, "text": "a", "entities": "bold"}},
    "entity without an offset": {"message": {**BASE, "text": "a", "entities": [{"type": "b"}]}},
    "text is a number": {"message": {**BASE, "text": 5}},
    "text is a list": {"message": {**BASE, "text": ["a"]}},
    "button without a person": {"callback_query": {"id": "1", "chat_instance": "c"}},
    "button whose data is a number": {
        "callback_query": {"id": "1", "from": USER, "chat_instance": "c", "data": 5}
    },
    "button whose message is a text": {
        "callback_query": {"id": "1", "from": USER, "chat_instance": "c", "message": "x"}
    },
    "inline question without a person": {"inline_query": {"id": "1", "query": "", "offset": ""}},
    "keyboard that is none": {"message": {**BASE, "reply_markup": {"inline_keyboard": 5}}},
    "reply to a text": {"message": {**BASE, "reply_to_message": "that"}},
}


@pytest.mark.parametrize("shape", MALFORMED)
async def test_63_what_cannot_be_read_is_set_aside(shape: str, handlers: Handlers) -> None:
    await handlers.receive({"update_id": 1, **MALFORMED[shape]}, update(2, ANNA), update(3, BORIS))
    await handlers.processor.run_once()
    assert sorted(handlers.ended) == [2, 3]
    assert await inbox.count(handlers.db, "set-aside") == 1
    [(kind, notice)] = await sql(handlers.db, "SELECT kind, notice FROM alerts")
    values = json.loads(notice)["values"]
    assert kind == f"update:{values['kind']}" and set(values) == {"id", "kind"}


async def test_an_update_that_takes_longer_than_its_lease_is_handled_once(
    handlers: Handlers,
) -> None:
    short = InboxSettings(lease_s=0.01, poll_s=0.01)
    handlers.processor = InboxProcessor(
        cast(Bot, None), handlers.db, cast(Dispatcher, handlers), short
    )
    await handlers.receive(update(1, ANNA))
    handlers.gates = {1: asyncio.Event()}
    running = asyncio.create_task(handlers.processor.run(handlers.stop))
    await handlers.until(lambda: handlers.begun == [1])
    await asyncio.sleep(0.2)
    handlers.gates[1].set()
    await handlers.until(lambda: handlers.ended == [1])
    handlers.stop.set()
    await running
    assert handlers.begun == [1] and await inbox.count(handlers.db, "done") == 1


async def test_another_bot_leaves_an_update_alone_while_it_is_handled(handlers: Handlers) -> None:
    short = InboxSettings(lease_s=0.6, poll_s=0.02)
    bots = [
        InboxProcessor(cast(Bot, None), handlers.db, cast(Dispatcher, handlers), short)
        for _ in range(2)
    ]
    await handlers.receive(update(1, ANNA), update(2, ANNA))
    handlers.gates = {1: asyncio.Event()}
    running = [asyncio.create_task(bot.run(handlers.stop)) for bot in bots]
    await handlers.until(lambda: handlers.begun == [1])
    await asyncio.sleep(1.5)
    assert handlers.begun == [1]
    handlers.gates[1].set()
    await handlers.until(lambda: handlers.ended == [1, 2])
    handlers.stop.set()
    await asyncio.gather(*running)
