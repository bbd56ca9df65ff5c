"""Administrators rule the bot from Telegram; for everybody else their commands do not exist."""

import json
from typing import Any

import pytest
from aiogram.methods import SetMyCommands

from bot.views import command_menu
from store import jobs
from store.users.credits import balances
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, BotHarness, person
from tests.fixtures.store import claimed, credits, sql

PHOTO: dict[str, Any] = {
    "photo": [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]
}
BEYOND = 4_000  # somebody who has never been here
ORDERS = (
    f"/grant {ANNA} 5",
    f"/quota {ANNA} 5",
    "/quota default 5",
    f"/ban {BORIS} spam",
    f"/unban {BORIS}",
    "/pause",
    "/resume",
    "/drop 1",
    "/stop add кот",
    "/queue",
    "/stats",
    f"/user {ANNA}",
    "/broadcast hello",
)


@pytest.fixture
def limits() -> dict[str, int]:
    return {"daily_credits": 2, "group_credits": 1}


async def _audit(harness: BotHarness) -> list[tuple[int, str, int | None, dict[str, Any]]]:
    rows = await sql(
        harness.db, "SELECT admin_id, action, target_id, details FROM audit ORDER BY id"
    )
    return [(admin, action, target, json.loads(details)) for admin, action, target, details in rows]


def _reply_to(user: int, **more: Any) -> dict[str, Any]:
    chat = {"id": GROUP, "type": "supergroup"}
    answered = {"message_id": 5, "date": 1, "chat": chat, "from": person(user), "text": "hi"}
    return {"reply_to_message": {**answered, **more}}


async def test_37_a_grant_counts_at_once_and_once(harness: BotHarness) -> None:
    await harness.say("кот")
    update = await harness.say("/grant @ANNA 5", user=ADMIN)
    await harness.feed(update)
    assert await credits(harness.db, ANNA, daily_credits=2) == 6
    assert await _audit(harness) == [(ADMIN, "grant", ANNA, {"amount": 5})]
    (answer,) = harness.answers()
    assert answer == "100 @anna (<code>100</code>): плюс 5 баллов, теперь осталось 6."
    for left in ("минус 5 баллов", "подаренных баллов нет"):
        await harness.say("/grant @anna -9", user=ADMIN)
        assert left in harness.answers()[-1]


async def test_37_the_help_tells_an_administrator_alone_of_the_menu(harness: BotHarness) -> None:
    await harness.say("/help", user=ADMIN)
    await harness.say("/help", user=BORIS)
    await harness.say("/help", user=ADMIN, chat=GROUP)
    told = ["administrators" in text or "администратора" in text for text in harness.answers()]
    assert told == [True, False, False]


async def test_37_a_person_is_named_by_number_by_name_or_by_a_reply(harness: BotHarness) -> None:
    await harness.say("/help", user=BORIS)
    await harness.say("/grant @boris_b 1", user=ADMIN)
    await harness.say("/grant 1", user=ADMIN, chat=GROUP, **_reply_to(BORIS))
    await harness.say(f"/grant {BORIS} 1", user=ADMIN, chat=GROUP, **_reply_to(ANNA))
    origin = {"type": "user", "date": 1, "sender_user": person(BORIS)}
    forwarded = _reply_to(ADMIN, forward_origin=origin)
    await harness.say("/grant 1", user=ADMIN, **forwarded)
    assert (await balances(harness.db, BORIS)).own.granted == 4
    await harness.say(f"/grant {BEYOND} 7", user=ADMIN)
    assert (await balances(harness.db, BEYOND)).own.granted == 7
    assert (await balances(harness.db, ANNA)).own.granted == 0


async def test_37_what_cannot_be_read_is_explained_and_changes_nothing(harness: BotHarness) -> None:
    topic = _reply_to(BORIS, forum_topic_created={"name": "Cats", "icon_color": 1})
    for words, more in (
        ("/grant", {}),
        ("/grant 5", {}),
        (f"/grant {ANNA} many", {}),
        (f"/grant {ANNA} 0", {}),
        (f"/grant {ANNA} 99999999", {}),
        (f"/grant {ANNA} ٥", {}),
        ("/grant 5", topic),
        ("/grant 5", _reply_to(42, **{"from": {**person(42), "is_bot": True}})),
        ("/grant @nobody 5", {}),
        ("/grant @<b> 5", {}),
        ("/quota default -1", {}),
        ("/quota chat 5", {}),
        ("/ban", {}),
        (f"/ban {ADMIN}", {}),
        ("/drop all", {}),
        ("/drop 99", {}),
        ("/unban", {}),
        ("/user", {}),
        ("/user 77777", {}),
        ("/broadcast", {}),
        (None, {"caption": "/broadcast all of you", **PHOTO}),
    ):
        before = len(harness.answers())
        await harness.say(words, user=ADMIN, **more)
        assert len(harness.answers()) == before + 1, words
    assert await _audit(harness) == []
    assert all("{" not in answer for answer in harness.answers())


async def test_37_quotas_of_one_of_a_group_and_of_all_hold_for_the_next_request(
    harness: BotHarness,
) -> None:
    for _ in range(3):
        await harness.say("кот")
    assert len(await harness.jobs()) == 2
    await harness.say(f"/quota {ANNA} 3", user=ADMIN)
    await harness.say("кот")
    await harness.say("кот")
    assert len(await harness.jobs()) == 3
    await harness.say(f"/quota {ANNA} default", user=ADMIN)
    await harness.say("/quota default 4", user=ADMIN)
    await harness.say("кот")
    assert len(await harness.jobs()) == 4
    await harness.say("/quota chat 9", user=ADMIN, chat=GROUP)
    await harness.say("/quota chats 8", user=ADMIN)
    for chat, daily in ((GROUP, 9), (GROUP - 1, 8)):
        group = (await balances(harness.db, ANNA, chat)).group
        assert group is not None
        assert group.daily == daily
    await harness.say("/quota", user=ADMIN)
    assert "человеку 4, группе 8" in harness.answers()[-1]
    assert [action for _, action, _, _ in await _audit(harness)] == ["quota"] * 5


async def test_37_a_pause_refuses_new_requests_and_leaves_the_accepted_ones(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    await harness.say("/pause обновляюсь <скоро>", user=ADMIN)
    await harness.say("пёс")
    assert "обновляюсь &lt;скоро&gt;" in harness.answers()[-1]
    assert len(await harness.jobs()) == 1
    await claimed(harness.db)  # what was accepted is painted
    await harness.say("/resume", user=ADMIN)
    await harness.say("пёс")
    assert len(await harness.jobs()) == 2
    await harness.say("/resume", user=ADMIN)
    assert harness.answers()[-1] == harness.context.texts("ru", "resume-none")
    assert [action for _, action, _, _ in await _audit(harness)] == ["pause", "resume", "resume"]


async def test_37_any_picture_can_be_dropped_and_is_paid_back(harness: BotHarness) -> None:
    await harness.say("a cat", user=BORIS)
    await harness.say("a dog", user=BORIS)
    running, token = await claimed(harness.db)
    await harness.say("/drop 2", user=ADMIN)
    await harness.say("/drop #1", user=ADMIN)
    await harness.say("/drop 2", user=ADMIN)
    assert [job.state for job in await harness.jobs()] == ["running", "cancelled"]
    assert (await jobs.beat(harness.db, running.id, token, step=1, steps=9)).cancel
    assert harness.answers() == [
        harness.context.texts("ru", "drop-dropped", job=2),
        harness.context.texts("ru", "drop-stopping", job=1),
        harness.context.texts("ru", "drop-finished", job=2),
    ]
    assert await credits(harness.db, BORIS, daily_credits=2) == 1
    assert [entry[1:] for entry in await _audit(harness)] == [
        ("drop", BORIS, {"job": 2}),
        ("drop", BORIS, {"job": 1}),
    ]


@pytest.mark.parametrize("chat", [None, GROUP])
async def test_38_for_others_administrators_commands_do_not_exist(
    harness: BotHarness, chat: int | None
) -> None:
    await harness.say("/no_such_command", chat=chat)
    unknown = harness.answers()
    for order in ORDERS:
        await harness.say(order, chat=chat)
        await harness.say(order.replace(" ", "@mazok_bot ", 1), chat=chat)
    assert set(harness.answers()) == set(unknown)
    assert len(unknown) == (1 if chat is None else 0)
    for action in ("send", "drop", "stop"):
        await harness.tap(f"cast:{action}:1", chat=chat)
    assert set(harness.toasts()) == {harness.context.texts("ru", "alert-stale")}
    await harness.say("кот")
    assert len(await harness.jobs()) == 1
    assert await _audit(harness) == []


async def test_38_a_forwarded_command_and_one_in_another_name_are_not_the_administrators(
    harness: BotHarness,
) -> None:
    origin = {"type": "user", "date": 1, "sender_user": person(ANNA)}
    await harness.say(f"/grant {ANNA} 5", user=ADMIN, forward_origin=origin)
    assert harness.answers() == [harness.context.texts("ru", "command-forwarded")]
    group = {"id": GROUP, "type": "supergroup", "title": "Art"}
    await harness.say(f"/grant {ANNA} 5", user=ADMIN, chat=GROUP, sender_chat=group)
    await harness.say(f"/grant@other_bot {ANNA} 5", user=ADMIN)
    assert len(harness.answers()) == 1
    assert await _audit(harness) == []


async def test_38_only_administrators_find_their_commands_in_the_menu(harness: BotHarness) -> None:
    await command_menu.publish_commands(harness.bot, harness.context.texts)
    await harness.say("/start", user=BORIS)
    for call in harness.telegram.of(SetMyCommands):
        assert call.scope is None
        assert "grant" not in {command.command for command in call.commands}
    harness.telegram.calls.clear()
    await harness.say("/start", user=ADMIN)
    (call,) = harness.telegram.of(SetMyCommands)
    scope: Any = call.scope
    assert (scope.type, scope.chat_id) == ("chat", ADMIN)
    named = {command.command: command.description for command in call.commands}
    assert named["grant"] == harness.context.texts("ru", "menu-grant")
    assert {order.split()[0].removeprefix("/") for order in ORDERS} <= named.keys()
    assert len(harness.answers()) == 1  # the greeting comes all the same


async def test_39_a_ban_stops_everything_gives_one_notice_and_then_silence(
    harness: BotHarness,
) -> None:
    await harness.say("a cat", user=BORIS)
    await harness.say("/ban @boris_b спам <b>", user=ADMIN)
    assert harness.answers() == [
        "Больше не пользуется ботом: 200 @Boris_B (<code>200</code>). Остановлена 1 картина."
    ]
    assert [job.state for job in await harness.jobs()] == ["cancelled"]
    for text in ("a dog", "/help", "/me", "/draw a fox"):
        await harness.say(text, user=BORIS)
    await harness.tap("try:0", user=BORIS)
    (notice,) = harness.answers()[1:]
    assert notice.endswith("The reason: спам &lt;b&gt;")
    assert harness.toasts() == []
    await harness.say(f"/unban {BORIS}", user=ADMIN)
    await harness.say("a dog", user=BORIS)
    assert len(await harness.jobs()) == 2
    await harness.say(f"/ban {BORIS}", user=ADMIN)  # a new ban, a new notice
    await harness.say("a dog", user=BORIS)
    assert harness.answers()[-1] == "You are banned from this bot."
    assert [action for _, action, _, _ in await _audit(harness)] == ["ban", "unban", "ban"]
