"""Find the images of a message and of the message that it replies to."""

from dataclasses import dataclass
from mimetypes import guess_type

from aiogram.types import Document, ExternalReplyInfo, Message

from store.errors import RequestError
from store.files.images import MAX_BYTES

# Fields of messages with other content; a document may be no image.
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
    """An image on Telegram's servers; `size` in bytes, 0 if unknown."""

    file_id: str
    size: int


def attached_images(message: Message, *, strict: bool = True) -> list[ImageAttachment]:
    """Return the image of the message that is replied to, and that of the message itself.

    strict: the message that is replied to may not have other content either.

    Raises RequestError for other content and for images with too many bytes.
    """
    answered = message.reply_to_message or message.external_reply
    found = []
    for source, must_be_image in ((answered, strict), (message, True)):
        if source is None:
            continue
        image = image_in(source)
        if image is not None:
            found.append(image)
        elif must_be_image and has_other_attachment(source):
            raise RequestError("draw-not-picture")
    if any(image.size > MAX_BYTES for image in found):
        raise RequestError("input-heavy", limit=MAX_BYTES // 10**6)
    return found


def image_in(message: Message | ExternalReplyInfo) -> ImageAttachment | None:
    """Return the photo in its largest size, or an image sent as a file; None if there is none."""
    live_photo = message.live_photo.photo if message.live_photo else None
    if sizes := message.photo or live_photo:
        largest = sizes[-1]
        return ImageAttachment(largest.file_id, largest.file_size or 0)
    document = message.document
    if document is None or not _is_image(document):
        return None
    return ImageAttachment(document.file_id, document.file_size or 0)


def has_other_attachment(message: Message | ExternalReplyInfo) -> bool:
    """Return whether the message has content other than an image."""
    return image_in(message) is None and any(getattr(message, kind) for kind in OTHER_ATTACHMENTS)


def _is_image(document: Document) -> bool:
    """Trust the MIME type if the sender gave a specific one, else guess it from the name."""
    mime_type = document.mime_type or ""
    if mime_type in ("", "application/octet-stream"):
        mime_type = guess_type(document.file_name or "")[0] or ""
    return mime_type.startswith("image/")
