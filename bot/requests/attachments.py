"""The pictures that come with a message: its own, and that of the message it replies to."""

from dataclasses import dataclass
from mimetypes import guess_type

from aiogram.types import Document, ExternalReplyInfo, Message

from store.errors import RequestError
from store.files.images import MAX_BYTES

# What people also send, and what only looks like a picture.
OTHER_ATTACHMENTS = (
    "animation",
    "video",
    "video_note",
    "voice",
    "audio",
    "sticker",
    "story",
    "document",
)


@dataclass(frozen=True)
class ImageAttachment:
    """A picture that Telegram has; `size` in bytes, 0 where it is not told."""

    file_id: str
    size: int


def attached_images(message: Message, *, strict: bool = True) -> list[ImageAttachment]:
    """That of the message replied to, and its own; RequestError for what is none.

    strict: also in the message replied to, since a command was meant for it.
    """
    answered = message.reply_to_message or message.external_reply
    found = []
    for place, must in ((answered, strict), (message, True)):
        if place is None:
            continue
        picture = image_in(place)
        if picture is not None:
            found.append(picture)
        elif must and has_other_attachment(place):
            raise RequestError("draw-not-picture")
    if any(picture.size > MAX_BYTES for picture in found):
        raise RequestError("input-heavy", limit=MAX_BYTES // 10**6)
    return found


def image_in(message: Message | ExternalReplyInfo) -> ImageAttachment | None:
    """The photo in its largest size, or a picture sent as a file."""
    still = message.live_photo.photo if message.live_photo else None
    if sizes := message.photo or still:
        largest = sizes[-1]
        return ImageAttachment(largest.file_id, largest.file_size or 0)
    document = message.document
    if document is None or not _is_image(document):
        return None
    return ImageAttachment(document.file_id, document.file_size or 0)


def has_other_attachment(message: Message | ExternalReplyInfo) -> bool:
    """Something to be seen or heard, and no picture."""
    return image_in(message) is None and any(getattr(message, kind) for kind in OTHER_ATTACHMENTS)


def _is_image(document: Document) -> bool:
    """As far as its sender says; programs that know no better say nothing."""
    said = document.mime_type or ""
    if said in ("", "application/octet-stream"):
        said = guess_type(document.file_name or "")[0] or ""
    return said.startswith("image/")
