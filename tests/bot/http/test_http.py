"""The whole bot against Telegram's stand-in over HTTP, with a painter made of two frames."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.app import RuntimeSettings
from bot.delivery.settings import DeliverySettings
from sandbox import Sandbox
from store import jobs
from store.users.credits import balances
from tests.fixtures.telegram.http import HttpHarness, frame_png, open_http_harness

pytestmark = pytest.mark.thorough


@pytest.fixture
async def http_harness(tmp_path: Path) -> AsyncIterator[HttpHarness]:
    async with Sandbox() as telegram, open_http_harness(tmp_path, telegram) as http_harness:
        yield http_harness


async def test_15_25_a_person_watches_the_picture_grow_and_gets_it_once(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    chat = telegram.private(anna)
    asked = telegram.say(anna, chat, "подсолнух")
    status = await telegram.until(lambda: next(iter(chat.from_bot), None))
    assert status is not None
    assert status.reply_to == asked
    assert status.button("cancel").text == "Отменить"
    job = await http_harness.claim()
    await http_harness.report_frame(job, 3)
    await telegram.until(lambda: status.kind == "photo", 10)
    assert "шаг 3 из 9" in status.text
    await http_harness.finish(job)
    await telegram.until(lambda: len(chat.from_bot) == 2 and chat.from_bot[1].kind == "photo", 15)
    animation, picture = chat.from_bot
    assert (animation.id, animation.kind) == (status.id, "animation")
    assert animation.buttons == []
    assert picture.media is not None
    assert picture.media.data == frame_png(9)
    assert "зерно 77" in picture.text
    telegram.tap(picture.button("more"))
    await telegram.until(lambda: len(picture.buttons) > 3)
    query = telegram.tap(picture.button("do:gif"))
    await telegram.until(lambda: len(chat.from_bot) == 3, 10)
    gif = chat.from_bot[2]
    assert gif.media is not None
    assert (gif.kind, gif.media.data[:3]) == ("document", b"GIF")
    await telegram.until(lambda: query.answer)


@pytest.mark.parametrize("kind", [429, "drop-after"])
async def test_13_14_trouble_on_the_way_leaves_exactly_one_result(
    http_harness: HttpHarness, kind: int | str
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    telegram.say(anna, chat, "a sunflower")
    await telegram.until(lambda: chat.from_bot)
    for method in ("editMessageMedia", "sendPhoto"):
        telegram.fault(method, kind)
    await http_harness.finish(await http_harness.claim())
    await http_harness.all_delivered()
    assert [message.kind for message in chat.from_bot] == ["animation", "photo"]
    assert len(telegram.calls_of("sendPhoto")) == (2 if kind == 429 else 1)  # or it was found
    for method in ("editMessageMedia", "sendPhoto") if kind == 429 else ():
        for refused, following in pairwise(telegram.calls_of(method)):
            assert refused.ok or following.at >= refused.at + 1


@pytest.mark.parametrize("place", ["private", "group"])
async def test_83_a_lost_answer_to_a_send_leaves_no_second_line(
    http_harness: HttpHarness, place: str
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna) if place == "private" else telegram.group("Art", [anna])
    telegram.say(anna, chat, "/help")
    await telegram.until(lambda: chat.from_bot)
    telegram.fault("sendMessage", "drop-after")
    telegram.say(anna, chat, "/draw a sunflower")
    await telegram.until(lambda: len(chat.from_bot) == 2, 10)
    telegram.say(anna, chat, "/help")  # while the bot does not know which id its line has
    await telegram.until(lambda: telegram.calls_of("editMessageText"), 10)
    await telegram.until(lambda: len(chat.from_bot) == 3, 10)
    for method in ("sendPhoto", "editMessageMedia"):
        telegram.fault(method, "drop-after")
    await http_harness.finish(await http_harness.claim())
    await http_harness.all_delivered()
    after = ["animation", "text", "photo"] if place == "private" else ["photo", "text"]
    assert [message.kind for message in chat.from_bot] == ["text", *after]


async def test_8_updates_that_come_again_make_one_job(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    telegram.say(anna, anna, "a sunflower")
    await telegram.until(lambda: telegram.calls_of("sendMessage"))
    telegram.redeliver()
    telegram.say(anna, anna, "/help")
    await telegram.until(lambda: len(telegram.private(anna).from_bot) == 2)
    assert len(await jobs.active(http_harness.db)) == 1


async def test_25_a_topic_of_a_group_gets_its_answers_in_it(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna, boris = telegram.person("Anna"), telegram.person("Boris")
    forum = telegram.group("Art", [anna, boris], forum=True)
    topic = telegram.topic(forum, "Cats", by=anna)
    telegram.say(anna, forum, "/draw a cat", topic=topic)
    status = await telegram.until(lambda: next(iter(forum.from_bot), None))
    assert status is not None
    assert status.thread_id == topic
    query = telegram.tap(status.button("cancel"), by=boris)
    await telegram.until(lambda: query.answer)
    assert status.buttons
    query = telegram.tap(status.button("cancel"), by=anna)
    await telegram.until(lambda: "cancelled" in status.text)
    assert status.buttons == []


async def test_43_a_group_that_moved_gets_its_picture_in_its_new_place(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    group = telegram.group("Art", [anna])
    telegram.say(anna, group, "/draw a cat")
    await telegram.until(lambda: group.from_bot)
    moved = telegram.migrate(group, by=anna)
    await http_harness.finish(await http_harness.claim())
    await telegram.until(lambda: "photo" in [message.kind for message in moved.from_bot], 15)
    assert [message.kind for message in moved.from_bot] == ["photo"]


async def test_37_an_administrator_rules_the_bot_over_http(tmp_path: Path) -> None:
    """The server checks what is sent: the scope of the menu, the chart, markup, limits."""
    runtime = RuntimeSettings(DeliverySettings(broadcast_progress_s=0.5))
    async with Sandbox() as telegram:
        boss, boris = telegram.person("Boss", language="ru"), telegram.person("Boris")
        harness, group = telegram.private(boss), telegram.group("Art", [boss, boris])
        async with open_http_harness(
            tmp_path, telegram, frozenset({boss.id}), runtime
        ) as http_harness:
            telegram.say(boss, harness, "/start")
            telegram.say(boris, boris, "/help")
            await telegram.until(lambda: harness.from_bot and telegram.private(boris).from_bot)
            menus = telegram.world.profile.commands
            names = {one["command"] for one in menus[f"chat:{boss.id}", ""]}
            assert {"draw", "grant", "broadcast"} <= names
            asked = telegram.say(boris, group, "/draw a cat")
            await telegram.until(lambda: group.from_bot)
            telegram.say(boss, group, "/grant 5", reply_to=asked)
            await telegram.until(lambda: "плюс 5 баллов" in group.from_bot[-1].text, 10)
            assert (await balances(http_harness.db, boris.id)).own.granted == 5
            telegram.say(boss, harness, "/stats")
            await telegram.until(lambda: harness.from_bot[-1].kind == "photo", 15)
            telegram.fault("sendMessage", 403, chat=boris)  # before any other word of it
            telegram.say(boss, harness, "/broadcast Завтра бот <отдыхает>")
            await telegram.until(lambda: harness.from_bot[-1].buttons, 10)
            question = harness.from_bot[-1]
            telegram.tap(question.button("send"))
            await telegram.until(lambda: "закончена: 2 из 3" in question.text, 20)
            assert "заблокирован: 1" in question.text
            assert group.from_bot[-1].text == "Завтра бот <отдыхает>"
