"""Lines whose answer was lost: found again, without touching any other message."""

from itertools import count

from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import EditMessageText, SendMessage

from bot.delivery.results.lost import MAX_MISSES
from tests.fixtures.bot import GROUP, BotHarness, bad_request
from tests.fixtures.store import sql
from tests.fixtures.telegram.fake_telegram import Failure

SAME: Failure = bad_request("message is not modified")
GONE: Failure = bad_request("message to edit not found")
FOREIGN: Failure = bad_request("message can't be edited")
LOST: Failure = lambda method: TelegramNetworkError(method, "the connection broke")  # noqa: E731


async def _again(harness: BotHarness) -> None:
    await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    await harness.deliver()


async def test_83_a_line_whose_answer_was_lost_is_found_and_not_sent_again(
    harness: BotHarness,
) -> None:
    await harness.say("/help")
    newest = 5000 + len(harness.telegram.of(SendMessage))
    harness.telegram.fail(SendMessage, LOST)
    await harness.say("кот")
    await harness.deliver()
    sends = len(harness.telegram.of(SendMessage))
    harness.telegram.fail(EditMessageText, FOREIGN)
    harness.telegram.fail(EditMessageText, SAME)
    await _again(harness)
    assert len(harness.telegram.of(SendMessage)) == sends
    tried = [call.message_id for call in harness.telegram.of(EditMessageText)]
    assert tried == [newest + 1, newest + 2]
    assert (await harness.jobs())[0].status_message_id == newest + 2


async def test_83_a_line_is_found_behind_all_that_others_wrote_meanwhile(
    harness: BotHarness,
) -> None:
    await harness.say("/help")
    first = 5000 + len(harness.telegram.of(SendMessage)) + 1
    harness.messages = count(first)  # as Telegram counts them, with those of the bot
    harness.telegram.fail(SendMessage, LOST)
    await harness.say("кот")
    for _ in range(20):
        await harness.say("hello", chat=GROUP)
    await harness.deliver()
    for _ in range(2):
        harness.telegram.fail(EditMessageText, GONE)
    harness.telegram.fail(EditMessageText, SAME)
    await _again(harness)
    tried = [call.message_id for call in harness.telegram.of(EditMessageText)]
    assert tried == [first + 21, first + 22, first + 23]
    assert (await harness.jobs())[0].status_message_id == first + 23


async def test_83_a_line_that_never_arrived_is_sent_after_few_tries(harness: BotHarness) -> None:
    await harness.say("/help")
    harness.telegram.fail(SendMessage, LOST)
    await harness.say("кот")
    await harness.deliver()
    sends = len(harness.telegram.of(SendMessage))
    for _ in range(20):
        harness.telegram.fail(EditMessageText, GONE)
    await _again(harness)
    assert len(harness.telegram.of(SendMessage)) == sends + 1
    assert len(harness.telegram.of(EditMessageText)) == MAX_MISSES


async def test_83_nothing_is_edited_where_two_answers_were_lost(harness: BotHarness) -> None:
    """The other message would be overwritten."""
    await harness.say("/help")
    harness.telegram.fail(SendMessage, LOST)
    await harness.say("кот")
    await harness.deliver()
    harness.telegram.fail(SendMessage, LOST)
    await harness.say("/help")
    await _again(harness)
    assert harness.telegram.of(EditMessageText) == []
