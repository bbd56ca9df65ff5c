"""Classify what Telegram answers to a call, in one place for everything that calls it."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiohttp import ClientConnectorError, ClientError, ClientResponseError

from bot.session import ProxyFailed
from store import chat_lifecycle
from store.database.database import Database
from store.messages import rate_limits

LINK_REFUSED = (400, 403, 404, 410)  # HTTP statuses of a download link that does not work


class OutcomeKind(Enum):
    """What a failed call means for whoever made it."""

    # The call as it stands is refused: made again, it would be refused again.
    NOT_MODIFIED = auto()  # the message already reads so
    MESSAGE_GONE = auto()  # the message to edit does not exist any more
    UNEDITABLE = auto()  # it is there, but somebody else's, or of another kind
    UNDELETABLE = auto()  # the message to delete is gone, or older than 48 hours
    OTHER_CONTENT = auto()  # a text was edited as a caption, or a caption as a text
    REPLY_GONE = auto()  # the message to reply to does not exist any more
    TOPIC_GONE = auto()  # the topic is deleted or closed
    FILE_TOO_BIG = auto()
    NO_RIGHT = auto()  # the chat lets the bot send other things, or nothing for now
    REFUSED = auto()  # for any other reason
    # The whole chat is concerned.
    CHAT_CLOSED = auto()  # no message can reach it: blocked, kicked, deleted
    CHAT_MIGRATED = auto()  # it became a supergroup with another id
    RETRY_AFTER = auto()  # too many calls
    # Nothing is known to be wrong with the call.
    UNREACHED = auto()  # no connection: the call was certainly not executed
    UNANSWERED = auto()  # the connection broke or timed out: the call may have been executed
    SERVER_ERROR = auto()  # Telegram failed: the call may have been executed
    FAILED = auto()  # anything else, such as an answer that cannot be parsed


REFUSALS = frozenset(
    {
        OutcomeKind.NOT_MODIFIED,
        OutcomeKind.MESSAGE_GONE,
        OutcomeKind.UNEDITABLE,
        OutcomeKind.UNDELETABLE,
        OutcomeKind.OTHER_CONTENT,
        OutcomeKind.REPLY_GONE,
        OutcomeKind.TOPIC_GONE,
        OutcomeKind.FILE_TOO_BIG,
        OutcomeKind.NO_RIGHT,
        OutcomeKind.REFUSED,
    }
)

# Parts of Telegram's descriptions, in lower case. The Bot API documents no codes for these.
WORDINGS: tuple[tuple[OutcomeKind, tuple[str, ...]], ...] = (
    (OutcomeKind.NOT_MODIFIED, ("message is not modified",)),
    (OutcomeKind.MESSAGE_GONE, ("message to edit not found", "message_id_invalid")),
    (OutcomeKind.UNEDITABLE, ("message can't be edited",)),
    (OutcomeKind.UNDELETABLE, ("message to delete not found", "message can't be deleted")),
    (
        OutcomeKind.OTHER_CONTENT,
        ("no text in the message to edit", "no caption in the message to edit"),
    ),
    (OutcomeKind.REPLY_GONE, ("message to be replied not found", "replied message not found")),
    (OutcomeKind.TOPIC_GONE, ("message thread not found", "topic_deleted", "topic_closed")),
    (OutcomeKind.FILE_TOO_BIG, ("file is too big",)),
    (
        OutcomeKind.CHAT_CLOSED,
        (
            "chat not found",
            "user is deactivated",
            "peer_id_invalid",
        ),
    ),
)

# What the bot may not send, by parts of the descriptions; the first that fits decides.
RIGHTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("photos", ("rights to send photos", "chat_send_photos_forbidden")),
    (
        "animations",
        (
            "rights to send animations",
            "rights to send gifs",
            "rights to send videos",
            "chat_send_gifs_forbidden",
            "chat_send_videos_forbidden",
        ),
    ),
    ("documents", ("rights to send documents", "chat_send_docs_forbidden")),
    (
        "text",
        (
            "rights to send text messages",
            "no rights to send a message",
            "chat_write_forbidden",
            "chat_send_plain_forbidden",
            "chat_restricted",
            "chat_admin_required",
            "need administrator rights",
        ),
    ),
    ("media", ("not enough rights to send", "chat_send_media_forbidden")),
)
_SLOW_MODE = re.compile(r"slowmode_wait_(\d+)")

# The first class that an error belongs to decides; FAILED if it belongs to none.
CLASSES: tuple[tuple[type[Exception], OutcomeKind], ...] = (
    (TelegramForbiddenError, OutcomeKind.CHAT_CLOSED),
    (TelegramEntityTooLarge, OutcomeKind.FILE_TOO_BIG),
    (TelegramServerError, OutcomeKind.SERVER_ERROR),
    (ProxyFailed, OutcomeKind.UNREACHED),
    (TelegramNetworkError, OutcomeKind.UNANSWERED),
    (ClientResponseError, OutcomeKind.SERVER_ERROR),
    (ClientConnectorError, OutcomeKind.UNREACHED),
    (ClientError, OutcomeKind.UNANSWERED),
)


@dataclass(frozen=True)
class TelegramOutcome:
    """The meaning of an error, with the facts that Telegram gives for it."""

    kind: OutcomeKind
    retry_after_s: float = 0.0  # of RETRY_AFTER
    migrated_to: int = 0  # of CHAT_MIGRATED: the new chat id
    right: str = ""  # of NO_RIGHT: a name of RIGHTS

    @property
    def is_refusal(self) -> bool:
        """Return whether the same call would be refused again, in a chat that is open."""
        return self.kind in REFUSALS

    @property
    def may_have_been_executed(self) -> bool:
        """Return whether Telegram may have carried out the call without saying so."""
        return self.kind in (OutcomeKind.UNANSWERED, OutcomeKind.SERVER_ERROR)


def classify(error: BaseException) -> TelegramOutcome:
    """Return what an error of a Bot API call, or of a download from it, means."""
    match error:
        case TelegramRetryAfter():
            return TelegramOutcome(OutcomeKind.RETRY_AFTER, retry_after_s=error.retry_after)
        case TelegramMigrateToChat():
            return TelegramOutcome(OutcomeKind.CHAT_MIGRATED, migrated_to=error.migrate_to_chat_id)
        case TelegramBadRequest() | TelegramForbiddenError() if limit := _limit(error.message):
            return limit
        case _:
            return TelegramOutcome(_kind(error))


def _limit(description: str) -> TelegramOutcome | None:
    """Return what an open chat does not allow the bot, at all or for some seconds."""
    lowered = description.lower()
    if slow := _SLOW_MODE.search(lowered):
        return TelegramOutcome(OutcomeKind.RETRY_AFTER, retry_after_s=float(slow[1]))
    for right, wordings in RIGHTS:
        if any(wording in lowered for wording in wordings):
            return TelegramOutcome(OutcomeKind.NO_RIGHT, right=right)
    return None


def _kind(error: BaseException) -> OutcomeKind:
    if isinstance(error, TelegramBadRequest | TelegramNotFound):
        return _kind_by_wording(error.message)
    if isinstance(error, TelegramNetworkError) and isinstance(
        error.__cause__, ClientConnectorError
    ):
        return OutcomeKind.UNREACHED
    if isinstance(error, ClientResponseError) and error.status in LINK_REFUSED:
        return OutcomeKind.REFUSED
    return next((kind for cls, kind in CLASSES if isinstance(error, cls)), OutcomeKind.FAILED)


def _kind_by_wording(description: str) -> OutcomeKind:
    lowered = description.lower()
    for kind, wordings in WORDINGS:
        if any(wording in lowered for wording in wordings):
            return kind
    return OutcomeKind.REFUSED


def is_token_refused(error: BaseException) -> bool:
    """Return whether Telegram does not know the bot's token; for calls that name no chat."""
    return isinstance(error, TelegramUnauthorizedError | TelegramNotFound)


def without_missing_target(
    method: TelegramMethod[Any], outcome: TelegramOutcome
) -> TelegramMethod[Any] | None:
    """Return the method without its missing reply or topic; None if neither is at fault."""
    field = {
        OutcomeKind.REPLY_GONE: "reply_parameters",
        OutcomeKind.TOPIC_GONE: "message_thread_id",
    }.get(outcome.kind)
    if field is None or getattr(method, field, None) is None:
        return None
    return method.model_copy(update={field: None})


async def record_chat_outcome(db: Database, chat_id: int, outcome: TelegramOutcome) -> None:
    """Store what an answer says about the whole chat; do nothing for any other answer."""
    match outcome.kind:
        case OutcomeKind.RETRY_AFTER:
            await rate_limits.pause(db, chat_id, outcome.retry_after_s)
        case OutcomeKind.CHAT_CLOSED:
            await chat_lifecycle.chat_gone(db, chat_id)
        case OutcomeKind.CHAT_MIGRATED:
            await chat_lifecycle.chat_moved(db, chat_id, outcome.migrated_to)
