"""Convert a call's arguments to message content, with Telegram's checks."""

import asyncio
from typing import Any

from sandbox.api.arguments import CallArguments, UploadedFile
from sandbox.errors import bad_request
from sandbox.state import media as media_checks
from sandbox.state.chats import MessageContent
from sandbox.state.entities import Entity, parse_html, strip_text, utf16_length
from sandbox.state.keyboards import check_markup
from sandbox.state.media import MediaKind, SandboxMedia
from sandbox.state.world import World

_MAX_TEXT = 4096
_MAX_CAPTION = 1024
_FLAGS = ("has_spoiler", "show_caption_above_media")


def text_content(arguments: CallArguments) -> MessageContent:
    """Return the content of a text message."""
    text, entities = _parse_text(arguments.text("text"), arguments, "entities")
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > _MAX_TEXT:
        raise bad_request("message is too long")
    return MessageContent(text, entities, None, check_markup(arguments.json("reply_markup")))


def caption_content(arguments: CallArguments, media: SandboxMedia, markup: Any) -> MessageContent:
    """Return the content of a media message."""
    text, entities = _parse_text(arguments.text("caption"), arguments, "caption_entities")
    if utf16_length(text) > _MAX_CAPTION:
        raise bad_request("message caption is too long")
    flags = frozenset(flag for flag in _FLAGS if arguments.flag(flag))
    return MessageContent(text, entities, media, check_markup(markup), flags)


async def media_of(
    world: World, source: UploadedFile | str | None, kind: MediaKind, arguments: CallArguments
) -> SandboxMedia:
    """Return the media of an upload, checked in a thread, or of a file that was sent before."""
    if source is None:
        raise bad_request(f"there is no {kind} in the request")
    if isinstance(source, str):
        stored = world.files.find(source).media
        if kind not in (stored.kind, "document"):
            actual, expected = stored.kind.capitalize(), kind.capitalize()
            raise bad_request(f"can't use file of type {actual} as {expected}")
        return stored
    if not source.data:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        return await asyncio.to_thread(media_checks.photo, source.data, source.name)
    if kind == "animation":
        return await asyncio.to_thread(media_checks.animation, source.data, source.name)
    if kind == "sticker":
        return await asyncio.to_thread(media_checks.sticker, source.data, source.name)
    detect = not arguments.flag("disable_content_type_detection")
    return await asyncio.to_thread(media_checks.document, source.data, source.name, detect=detect)


def _parse_text(
    text: str, arguments: CallArguments, entities_name: str
) -> tuple[str, tuple[Entity, ...]]:
    mode = arguments.text("parse_mode").lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode:  # Markdown is not implemented
        raise bad_request("unsupported parse_mode")
    else:
        entities = _check_entities(arguments.json(entities_name), text)
    text, entities = strip_text(text, entities)
    return text, tuple(entities)


def _check_entities(entities: Any, text: str) -> list[Entity]:
    if entities is None:
        return []
    length = utf16_length(text)
    for entity in entities if isinstance(entities, list) else [None]:
        if not isinstance(entity, dict) or not {"type", "offset", "length"} <= entity.keys():
            raise bad_request("can't parse entities JSON object")
        if entity["offset"] < 0 or entity["offset"] + entity["length"] > length:
            raise bad_request(f"entity ends after the end of the text at offset {entity['offset']}")
    return list(entities)
