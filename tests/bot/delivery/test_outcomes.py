"""Every sender reads Telegram's answers in the same way."""

from typing import Any

import pytest
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    SendChatAction,
    SendMessage,
)
from aiohttp import ClientConnectorError, ClientPayloadError, ClientResponseError

from bot.delivery.outcomes import (
    OutcomeKind,
    TelegramOutcome,
    classify,
    is_token_refused,
    without_missing_target,
)
from bot.session import ProxyFailed
from tests.fixtures.bot import ADMIN, ANNA, GROUP, WITHOUT_SPACING, BotHarness, bad_request
from tests.fixtures.store import sql

METHOD = SendMessage(chat_id=1, text="x")
MOVED = GROUP * 1000

BAD_REQUESTS = {
    "message is not modified: specified new message content is the same": OutcomeKind.NOT_MODIFIED,
    "message to edit not found": OutcomeKind.MESSAGE_GONE,
    "message can't be edited": OutcomeKind.UNEDITABLE,
    "MESSAGE_ID_INVALID": OutcomeKind.MESSAGE_GONE,
    "message to delete not found": OutcomeKind.UNDELETABLE,
    "message can't be deleted for everyone": OutcomeKind.UNDELETABLE,
    "there is no text in the message to edit": OutcomeKind.OTHER_CONTENT,
    "there is no caption in the message to edit": OutcomeKind.OTHER_CONTENT,
    "message to be replied not found": OutcomeKind.REPLY_GONE,
    "replied message not found": OutcomeKind.REPLY_GONE,
    "message thread not found": OutcomeKind.TOPIC_GONE,
    "TOPIC_CLOSED": OutcomeKind.TOPIC_GONE,
    "TOPIC_DELETED": OutcomeKind.TOPIC_GONE,
    "file is too big": OutcomeKind.FILE_TOO_BIG,
    "chat not found": OutcomeKind.CHAT_CLOSED,
    "user is deactivated": OutcomeKind.CHAT_CLOSED,
    "PEER_ID_INVALID": OutcomeKind.CHAT_CLOSED,
    "can't parse entities": OutcomeKind.REFUSED,
    "PHOTO_INVALID_DIMENSIONS": OutcomeKind.REFUSED,
    "query is too old and response timeout expired": OutcomeKind.REFUSED,
}


@pytest.mark.parametrize("description", BAD_REQUESTS)
def test_a_bad_request_is_classified_by_its_description(description: str) -> None:
    error = TelegramBadRequest(METHOD, f"Bad Request: {description}")
    assert classify(error) == TelegramOutcome(BAD_REQUESTS[description])


def _network_error(cause: BaseException | None) -> Exception:
    error = TelegramNetworkError(METHOD, "ClientConnectorError")
    error.__cause__ = cause
    return error


def _no_connection() -> ClientConnectorError:
    key: Any = None
    return ClientConnectorError(key, OSError("refused"))


def _link_error(status: int) -> ClientResponseError:
    request: Any = None
    return ClientResponseError(request, (), status=status)


ERRORS: list[tuple[Exception, TelegramOutcome]] = [
    (TelegramForbiddenError(METHOD, "bot was blocked"), TelegramOutcome(OutcomeKind.CHAT_CLOSED)),
    (TelegramForbiddenError(METHOD, "bot was kicked"), TelegramOutcome(OutcomeKind.CHAT_CLOSED)),
    (TelegramNotFound(METHOD, "Not Found"), TelegramOutcome(OutcomeKind.REFUSED)),
    (
        TelegramRetryAfter(METHOD, "Flood", 30),
        TelegramOutcome(OutcomeKind.RETRY_AFTER, retry_after_s=30),
    ),
    (
        TelegramMigrateToChat(METHOD, "upgraded", MOVED),
        TelegramOutcome(OutcomeKind.CHAT_MIGRATED, migrated_to=MOVED),
    ),
    (TelegramEntityTooLarge(METHOD, "too large"), TelegramOutcome(OutcomeKind.FILE_TOO_BIG)),
    (TelegramServerError(METHOD, "bad gateway"), TelegramOutcome(OutcomeKind.SERVER_ERROR)),
    (_network_error(None), TelegramOutcome(OutcomeKind.UNANSWERED)),
    (_network_error(TimeoutError()), TelegramOutcome(OutcomeKind.UNANSWERED)),
    (_network_error(_no_connection()), TelegramOutcome(OutcomeKind.UNREACHED)),
    (ProxyFailed(METHOD, OSError("refused")), TelegramOutcome(OutcomeKind.UNREACHED)),
    (_no_connection(), TelegramOutcome(OutcomeKind.UNREACHED)),
    (ClientPayloadError("cut off"), TelegramOutcome(OutcomeKind.UNANSWERED)),
    (_link_error(404), TelegramOutcome(OutcomeKind.REFUSED)),
    (_link_error(503), TelegramOutcome(OutcomeKind.SERVER_ERROR)),
    (TelegramUnauthorizedError(METHOD, "Unauthorized"), TelegramOutcome(OutcomeKind.FAILED)),
    (TelegramConflictError(METHOD, "Conflict"), TelegramOutcome(OutcomeKind.FAILED)),
    (ClientDecodeError("bad", ValueError(), ""), TelegramOutcome(OutcomeKind.FAILED)),
    (OSError("disk"), TelegramOutcome(OutcomeKind.FAILED)),
]


@pytest.mark.parametrize(("error", "outcome"), ERRORS, ids=[repr(one[0])[:40] for one in ERRORS])
def test_other_errors_are_classified_by_their_class(
    error: Exception, outcome: TelegramOutcome
) -> None:
    assert classify(error) == outcome


def test_a_refusal_and_a_call_that_may_have_been_executed_are_told_apart() -> None:
    open_chat = {
        OutcomeKind.CHAT_CLOSED,
        OutcomeKind.CHAT_MIGRATED,
        OutcomeKind.RETRY_AFTER,
        OutcomeKind.UNREACHED,
        OutcomeKind.UNANSWERED,
        OutcomeKind.SERVER_ERROR,
        OutcomeKind.FAILED,
    }
    outcomes = [TelegramOutcome(kind) for kind in OutcomeKind]
    assert {one.kind for one in outcomes if not one.is_refusal} == open_chat
    executed = {one.kind for one in outcomes if one.may_have_been_executed}
    assert executed == {OutcomeKind.UNANSWERED, OutcomeKind.SERVER_ERROR}


def test_only_an_unknown_token_stops_the_program() -> None:
    refused = [error for error, _ in ERRORS if is_token_refused(error)]
    assert [type(error) for error in refused] == [TelegramNotFound, TelegramUnauthorizedError]


def test_a_message_is_sent_again_without_what_is_gone() -> None:
    gone = TelegramOutcome(OutcomeKind.TOPIC_GONE)
    method = SendMessage(chat_id=1, text="x", message_thread_id=7)
    assert without_missing_target(method, gone) == SendMessage(chat_id=1, text="x")
    assert without_missing_target(METHOD, gone) is None
    assert without_missing_target(method, TelegramOutcome(OutcomeKind.REFUSED)) is None


async def test_42_a_reply_to_a_chat_that_is_not_found_closes_it(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    harness.telegram.fail(SendMessage, bad_request("chat not found"))
    await harness.say("/help")
    assert await sql(harness.db, "SELECT gone FROM chats WHERE chat_id = 100") == [(1,)]
    (job,) = await harness.jobs()
    assert job.state == "cancelled"


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
async def test_43_a_reply_that_learns_of_a_migrated_group_records_it(harness: BotHarness) -> None:
    await harness.say("/draw кот", chat=GROUP)
    await harness.deliver()
    harness.telegram.fail(SendMessage, lambda method: TelegramMigrateToChat(method, "up", MOVED))
    await harness.say("/help", chat=GROUP)
    answer = harness.telegram.of(SendMessage)[-1]
    assert (answer.chat_id, answer.reply_parameters) == (MOVED, None)
    (job,) = await harness.jobs()
    assert job.chat_id == MOVED
    assert await sql(harness.db, f"SELECT 1 FROM chats WHERE chat_id = {GROUP}") == []


async def test_43_an_edit_does_not_follow_a_group_to_where_its_message_is_another(
    harness: BotHarness,
) -> None:
    harness.telegram.fail(
        EditMessageText, lambda method: TelegramMigrateToChat(method, "up", MOVED)
    )
    harness.context.replies.call(EditMessageText(chat_id=GROUP, message_id=7, text="x"))
    await harness.context.replies.drain()
    assert [call.chat_id for call in harness.telegram.of(EditMessageText)] == [GROUP]


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
async def test_a_reply_in_a_deleted_topic_is_given_outside_it(harness: BotHarness) -> None:
    harness.telegram.fail(SendMessage, bad_request("message thread not found"))
    topic: Any = {"message_thread_id": 7, "is_topic_message": True}
    await harness.say("/help", chat=GROUP, **topic)
    assert [call.message_thread_id for call in harness.telegram.of(SendMessage)] == [7, None]


async def test_a_refused_toast_says_nothing_of_its_chat(harness: BotHarness) -> None:
    harness.telegram.fail(AnswerCallbackQuery, bad_request("query is too old"))
    await harness.tap("try:0")
    assert await sql(harness.db, "SELECT COUNT(*) FROM chats WHERE gone") == [(0,)]


async def test_an_answer_that_is_there_already_needs_no_fallback(harness: BotHarness) -> None:
    fallbacks: list[str] = []
    harness.telegram.fail(EditMessageText, bad_request("message is not modified"))
    edit = EditMessageText(chat_id=ANNA, message_id=7, text="x")
    harness.context.replies.call(edit, fallback=lambda: fallbacks.append("edit"))
    await harness.context.replies.drain()
    assert fallbacks == []


async def test_the_chart_of_the_statistics_keeps_to_the_limits_of_its_chat(
    harness: BotHarness,
) -> None:
    await harness.say("/stats", user=ADMIN)
    (calls,) = await sql(harness.db, f"SELECT calls FROM chats WHERE chat_id = {ADMIN}")
    assert calls != ("[]",)
    assert harness.telegram.of(SendChatAction) == []
