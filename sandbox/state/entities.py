"""Text as Telegram treats it: UTF-16 lengths, HTML into entities, commands."""

import html
import re
from dataclasses import dataclass
from typing import Any

from sandbox.errors import bad_request

Entity = dict[str, Any]

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)?((?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
# The Bot API supports only these references; any other stays as it is written.
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?!\w)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True)
class _OpenTag:
    tag: str
    attributes: dict[str, str]
    offset: int


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the text without tags, and its entities; raise a refusal for invalid HTML."""
    text, cursor, stack, entities = "", 0, list[_OpenTag](), list[Entity]()
    while True:
        start = source.find("<", cursor)
        text += _unescape(source[cursor:] if start < 0 else source[cursor:start])
        if start < 0:
            break
        match = _TAG.match(source, start)
        position = len(source[:start].encode())
        if match is None:
            raise _unparsable(f"Unclosed start tag at byte offset {position}")
        cursor = match.end()
        tag = (match[2] or "").lower()
        if match[1]:
            entities += _close(stack, tag, text, position)
        else:
            if tag not in _KINDS:
                raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {position}')
            stack.append(_OpenTag(tag, _attributes(match[3], tag, position), utf16_length(text)))
    if stack:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    return text, sorted(entities, key=lambda item: (item["offset"], -item["length"]))


def _close(stack: list[_OpenTag], tag: str, text: str, position: int) -> list[Entity]:
    if not stack:
        raise _unparsable(f"Unexpected end tag at byte offset {position}")
    open_tag = stack.pop()
    if tag and tag != open_tag.tag:
        detail = f'expected "</{open_tag.tag}>", found "</{tag}>"'
        raise _unparsable(f"Unmatched end tag at byte offset {position}, {detail}")
    if open_tag.tag == "code" and stack and stack[-1].tag == "pre":  # it says only the language
        stack[-1].attributes.update(open_tag.attributes)
        return []
    length = utf16_length(text) - open_tag.offset
    entity: Entity = {"type": _KINDS[open_tag.tag], "offset": open_tag.offset, "length": length}
    if open_tag.tag == "a":
        if not open_tag.attributes.get("href"):
            return []
        entity["url"] = open_tag.attributes["href"]
    language = open_tag.attributes.get("class", "").removeprefix("language-")
    if open_tag.tag == "pre" and language:
        entity["language"] = language
    if open_tag.tag == "tg-emoji":
        entity["custom_emoji_id"] = open_tag.attributes.get("emoji-id", "")
    if open_tag.tag == "blockquote" and "expandable" in open_tag.attributes:
        entity["type"] = "expandable_blockquote"
    return [entity] if length else []


def _attributes(source: str, tag: str, position: int) -> dict[str, str]:
    attributes = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(source)}
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {position}')
    return {name: html.unescape(value) for name, value in attributes.items()}


def _unescape(source: str) -> str:
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), source)


def _unparsable(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")


def strip_text(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Replace control characters by spaces and strip the ends, adjusting entities."""
    text = _CONTROL.sub(" ", text.replace("\r", ""))
    removed = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    end = utf16_length(text)
    stripped = []
    for entity in entities:
        first = max(0, entity["offset"] - removed)
        last = min(end, entity["offset"] + entity["length"] - removed)
        if last > first:
            stripped.append({**entity, "offset": first, "length": last - first})
    return text, stripped


def commands_in(text: str) -> list[Entity]:
    """Return the entities of the commands in a text that a user types."""
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: match.start()]),
            "length": len(match[0]),
        }
        for match in _COMMAND.finditer(text)
    ]


def leading_command(text: str) -> tuple[str, str | None] | None:
    """Parse a command: `/draw@mazok_bot a cat` -> ("draw", "mazok_bot"), or None."""
    match = _COMMAND.match(text)
    if match is None:
        return None
    name, _, bot_name = match[0][1:].partition("@")
    return name, bot_name or None
