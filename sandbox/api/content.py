"""From a call's arguments to what a message will show, checked as Telegram checks it."""

import asyncio
from typing import Any

from sandbox.api.arguments import CallArguments, UploadedFile
from sandbox.errors import bad_request
from sandbox.state import media as media_checks
from sandbox.state.chats import MessageContent
from sandbox.state.entities import Entity, parse_html, tidy, utf16_length
from sandbox.state.keyboards import check_markup
from sandbox.state.media import Kind, SandboxMedia
from sandbox.state.world import World

_MOST_TEXT = 4096
_MOST_CAPTION = 1024
_FLAGS = ("has_spoiler", "show_caption_above_media")


def text_content(arguments: CallArguments) -> MessageContent:
    text, entities = _parsed(arguments.text("text"), arguments, "entities")
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > _MOST_TEXT:
        raise bad_request("message is too long")
    return MessageContent(text, entities, None, check_markup(arguments.json("reply_markup")))


def caption_content(arguments: CallArguments, media: SandboxMedia, markup: Any) -> MessageContent:
    text, entities = _parsed(arguments.text("caption"), arguments, "caption_entities")
    if utf16_length(text) > _MOST_CAPTION:
        raise bad_request("message caption is too long")
    flags = frozenset(flag for flag in _FLAGS if arguments.flag(flag))
    return MessageContent(text, entities, media, check_markup(markup), flags)


async def media_of(
    world: World, source: UploadedFile | str | None, kind: Kind, arguments: CallArguments
) -> SandboxMedia:
    """An upload, checked off the event loop, or a file that was sent before."""
    if source is None:
        raise bad_request(f"there is no {kind} in the request")
    if isinstance(source, str):
        stored = world.files.find(source).media
        if kind not in (stored.kind, "document"):
            was, wanted = stored.kind.capitalize(), kind.capitalize()
            raise bad_request(f"can't use file of type {was} as {wanted}")
        return stored
    if not source.data:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        return await asyncio.to_thread(media_checks.photo, source.data, source.name)
    if kind == "animation":
        return await asyncio.to_thread(media_checks.animation, source.data, source.name)
    detect = not arguments.flag("disable_content_type_detection")
    return await asyncio.to_thread(media_checks.document, source.data, source.name, detect=detect)


def _parsed(
    text: str, arguments: CallArguments, entities_name: str
) -> tuple[str, tuple[Entity, ...]]:
    mode = arguments.text("parse_mode").lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode:  # the sandbox does not know Markdown; better a refusal than a wrong picture
        raise bad_request("unsupported parse_mode")
    else:
        entities = _given(arguments.json(entities_name), text)
    text, entities = tidy(text, entities)
    return text, tuple(entities)


def _given(entities: Any, text: str) -> list[Entity]:
    if entities is None:
        return []
    length = utf16_length(text)
    for one in entities if isinstance(entities, list) else [None]:
        if not isinstance(one, dict) or not {"type", "offset", "length"} <= one.keys():
            raise bad_request("can't parse entities JSON object")
        if one["offset"] < 0 or one["offset"] + one["length"] > length:
            raise bad_request(f"entity ends after the end of the text at offset {one['offset']}")
    return list(entities)
