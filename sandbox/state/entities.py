"""Texts as Telegram sees them: UTF-16 lengths, HTML mark-up into entities, commands in a text."""

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
# The Bot API knows only these names; any other "&something;" stays as it is written.
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?!\w)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text without tags, and its entities; refuses what Telegram cannot parse."""
    text, at, stack, entities = "", 0, list[_Open](), list[Entity]()
    while True:
        start = source.find("<", at)
        text += _decode(source[at:] if start < 0 else source[at:start])
        if start < 0:
            break
        match = _TAG.match(source, start)
        where = len(source[:start].encode())
        if match is None:
            raise _unparsable(f"Unclosed start tag at byte offset {where}")
        at = match.end()
        tag = (match[2] or "").lower()
        if match[1]:
            entities += _close(stack, tag, text, where)
        else:
            if tag not in _KINDS:
                raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {where}')
            stack.append(_Open(tag, _attributes(match[3], tag, where), utf16_length(text)))
    if stack:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    return text, sorted(entities, key=lambda one: (one["offset"], -one["length"]))


def _close(stack: list[_Open], tag: str, text: str, where: int) -> list[Entity]:
    if not stack:
        raise _unparsable(f"Unexpected end tag at byte offset {where}")
    opened = stack.pop()
    if tag and tag != opened.tag:
        found = f'expected "</{opened.tag}>", found "</{tag}>"'
        raise _unparsable(f"Unmatched end tag at byte offset {where}, {found}")
    length = utf16_length(text) - opened.offset
    entity: Entity = {"type": _KINDS[opened.tag], "offset": opened.offset, "length": length}
    if opened.tag == "a":
        if not opened.attributes.get("href"):
            return []
        entity["url"] = opened.attributes["href"]
    if opened.tag == "tg-emoji":
        entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
    if opened.tag == "blockquote" and "expandable" in opened.attributes:
        entity["type"] = "expandable_blockquote"
    return [entity] if length else []


def _attributes(source: str, tag: str, where: int) -> dict[str, str]:
    found = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(source)}
    if tag == "span" and found.get("class") != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    return {name: html.unescape(value) for name, value in found.items()}


def _decode(source: str) -> str:
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), source)


def _unparsable(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")


def tidy(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Control characters become spaces and the ends are trimmed, entities with them."""
    text = _CONTROL.sub(" ", text.replace("\r", ""))
    cut = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    end = utf16_length(text)
    kept = []
    for entity in entities:
        first = max(0, entity["offset"] - cut)
        last = min(end, entity["offset"] + entity["length"] - cut)
        if last > first:
            kept.append({**entity, "offset": first, "length": last - first})
    return text, kept


def commands_in(text: str) -> list[Entity]:
    """The entities that Telegram's apps mark in what a person types."""
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: match.start()]),
            "length": len(match[0]),
        }
        for match in _COMMAND.finditer(text)
    ]


def leading_command(text: str) -> tuple[str, str | None] | None:
    """`/draw@mazok_bot a cat` -> ("draw", "mazok_bot"); None where no command begins the text."""
    match = _COMMAND.match(text)
    if match is None:
        return None
    name, _, addressee = match[0][1:].partition("@")
    return name, addressee or None
