"""The bot goes on with the database, the chats and the buttons that version 0.1.0 left behind."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiogram.methods import TelegramMethod
from aiogram.types import BufferedInputFile

from store.users.credits import balances
from tests.compatibility.restore import EXPECTED, restore
from tests.fixtures.bot import ADMIN, ANNA, BORIS, BotHarness, open_bot_harness

JOBS, TOLD = EXPECTED["jobs"], EXPECTED["telegram"]
DONE, DAVE, ERNA = JOBS["done"], 500, 600


@pytest.fixture
async def restored(tmp_path: Path) -> AsyncIterator[BotHarness]:
    restore(tmp_path)
    async with open_bot_harness(tmp_path, per_user_waiting=20) as harness:
        harness.telegram.sent = 4000
        harness.updates, harness.messages = count(100_001), count(80_001)
        yield harness


ADDED_SINCE = (
    f"page:{ANNA}:at_once",
    f"page:{ANNA}:finer",
    "help:main",
)  # buttons that 0.1.0 did not have


def facts(call: "TelegramMethod[Any]") -> dict[str, Any]:
    """Return what a call does, without its words: method, places, buttons, kind of media."""
    names = ("chat_id", "message_id", "has_spoiler", "show_alert")
    found = {name: value for name in names if (value := getattr(call, name, None)) is not None}
    media = getattr(call, "media", None)
    if media is not None:
        found["media"] = str(getattr(media.type, "value", media.type))
    for holder in (media, call):
        for name in ("media", "photo", "animation", "document"):
            if isinstance(file := getattr(holder, name, None), BufferedInputFile):
                found["file"] = file.filename
    keyboard = getattr(getattr(call, "reply_markup", None), "inline_keyboard", None)
    if keyboard is not None:
        found["buttons"] = [
            [button.callback_data or button.url or button.switch_inline_query for button in row]
            for row in keyboard
            if row[0].callback_data not in ADDED_SINCE
        ]
    return {"method": call.__api_method__, **found}


def recorded(call: dict[str, Any]) -> dict[str, Any]:
    """Return the same of a call of version 0.1.0."""
    names = ("method", "chat_id", "message_id", "has_spoiler", "show_alert", "file", "buttons")
    found = {name: call[name] for name in names if call.get(name) is not None}
    if "media" in call:
        found["media"] = call["media"]
    return found


def calls(harness: BotHarness) -> list[dict[str, Any]]:
    made = [facts(c) for c in harness.telegram.calls if c.__api_method__ != "sendChatAction"]
    harness.telegram.calls.clear()
    return made


async def test_every_message_that_was_owed_is_delivered(restored: BotHarness) -> None:
    assert sorted(await restored.deliver()) == sorted(TOLD["kinds"])
    made, told = calls(restored), [recorded(call) for call in TOLD["outbox"]]
    # Nothing waits any more for a status message to go.
    for goes in (True, False):
        of_these = [
            [call for call in some if (call["method"] == "deleteMessage") is goes]
            for some in (made, told)
        ]
        assert of_these[0] == of_these[1]
    await restored.send_announcements()
    assert calls(restored) == [recorded(call) for call in TOLD["letters"]]


ACTIONS = {
    "gallery": ("say", "/gallery", ANNA),
    "leaf": ("tap", f"leaf:{JOBS['owed']}", ANNA),
    "send": ("tap", f"send:{DONE}", ANNA),
    "more": ("tap", f"do:more:{DONE}:1", ANNA),
    "less": ("tap", f"do:less:{DONE}:1", ANNA),
    "facts": ("tap", f"do:facts:{DONE}:1", ANNA),
    "png": ("tap", f"do:png:{DONE}:1", ANNA),
    "gif": ("tap", f"do:gif:{DONE}:1", ANNA),
    "share": ("tap", f"do:share:{DONE}:1", ANNA),
    "steps": ("tap", f"do:steps:{DONE}:1", ANNA),
    "again_twice": ("tap", f"do:again:{DONE}:0", ANNA),
    "edit": ("tap", f"do:edit:{DONE}:1", ANNA),
    "not_hers": ("tap", f"do:facts:{JOBS['queued_paint']}:0", ANNA),
    "start_recipe": ("say", f"/start {EXPECTED['recipe']}", BORIS),
    "start_edit": ("say", f"/start edit-{DONE}", ANNA),
    "start_gallery": ("say", "/start gallery", ANNA),
    "start_settings": ("say", "/start settings", ANNA),
    "settings_page": ("tap", f"page:{ANNA}:quality", ANNA),
    "settings_choose": ("tap", f"set:{ANNA}:shape:wide", ANNA),
    "stop_word": ("say", "нарисуй борщ", ANNA),
    "stop_exception": ("say", "нарисуй борщевик", ANNA),
    "stop_list": ("say", "/stop", ADMIN),
    "stop_page": ("tap", "stop:exception:0", ADMIN),
    "banned": ("say", "кот", DAVE),
    "cancel_button": ("tap", f"cancel:{JOBS['queued_second']}", ANNA),
    "delete_erased": ("tap", f"do:again:{JOBS['erased']}:0", ERNA),
    "cast_stop": ("tap", "cast:stop:1", ADMIN),
    "cast_send_draft": ("tap", "cast:send:2", ADMIN),
    "try": ("tap", "try:0", BORIS),
}


async def test_buttons_links_and_commands_do_what_they_did(restored: BotHarness) -> None:
    """In the recorded order: each acts on what the ones before it have left."""
    await restored.deliver()
    await restored.send_announcements()
    calls(restored)
    done = {}
    for name, (how, words, user) in ACTIONS.items():
        await (restored.say if how == "say" else restored.tap)(words, user=user)
        done[name] = calls(restored)
    assert done == {name: [recorded(one) for one in TOLD["deeds"][name]] for name in ACTIONS}


async def test_credits_are_as_they_stood(restored: BotHarness) -> None:
    for user, then in EXPECTED["standing"].items():
        own = (await balances(restored.db, int(user))).own
        now = {"daily": own.daily, "used": own.used, "granted": own.granted, "left": own.left}
        assert now == then, user
