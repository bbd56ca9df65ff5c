"""Choose the messages that bring a finished picture to its chat.

Telegram takes twenty calls a minute in a group, edits included. So a group gets as few as can be:
the status message itself becomes the picture. Only where that would go unnoticed, since the answer
to the request has long been read, is the picture sent anew, so that the phone rings with it.
"""

from store.durations import MINUTE_MS
from store.model import Job, OutboxKind

NOTICED_MS = MINUTE_MS  # for so long after the request its status message is looked at


def result_messages(chat_id: int, *, film: bool, waited_ms: int) -> tuple[OutboxKind, ...]:
    """Return the kinds of the messages that bring a picture, in the order of delivery.

    film: whether the animation is sent. waited_ms: between the request and the picture.
    """
    if chat_id > 0:
        return ("animation", "slot", "picture") if film else ("slot", "picture", "tidy")
    if film:
        return ("animation", "picture")
    return ("picture",) if waited_ms <= NOTICED_MS else ("picture", "tidy")


def is_sent_anew(job: Job) -> bool:
    """Return whether the picture of a group comes as a new message, not in the status message."""
    if job.result is None or job.finished_ms is None or job.status_message_id is None:
        return True
    film = job.animation and bool(job.result.animation)
    waited_ms = job.finished_ms - job.created_ms
    return result_messages(job.chat_id, film=film, waited_ms=waited_ms) != ("picture",)
