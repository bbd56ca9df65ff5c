"""answerInlineQuery, for files that Telegram has already."""

import re
from typing import Any

from sandbox.api.arguments import CallArguments
from sandbox.api.content import caption_content
from sandbox.errors import bad_request
from sandbox.state.inline import InlineAnswer, InlineResult
from sandbox.state.world import World

_MOST_RESULTS = 50
_MOST_BYTES = 64  # of an id and of an offset
_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUERY_SECONDS = 60.0
_FILES = {"photo": "photo_file_id", "document": "document_file_id"}


async def answer_inline_query(world: World, arguments: CallArguments) -> Any:
    question = world.inline.get(arguments.text("inline_query_id"))
    if question is None or world.clock.now() - question.at > _QUERY_SECONDS:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    described = arguments.json("results")
    if not isinstance(described, list):
        raise bad_request("can't parse inline query results JSON object")
    if len(described) > _MOST_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    results = tuple(_result(world, one) for one in described)
    if len({one.id for one in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    offset = arguments.text("next_offset")
    if len(offset.encode()) > _MOST_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    words, start = _button(arguments.json("button"))
    question.answer = InlineAnswer(
        results,
        offset,
        personal=arguments.flag("is_personal"),
        cache_seconds=300 if (given := arguments.integer("cache_time")) is None else given,
        button=words,
        start=start,
    )
    world.happened()
    return True


def _result(world: World, described: Any) -> InlineResult:
    if not isinstance(described, dict) or described.get("type") not in _FILES:
        raise bad_request("the sandbox offers only photos and documents that were sent before")
    kind, result_id = str(described["type"]), str(described.get("id", ""))
    if not 1 <= len(result_id.encode()) <= _MOST_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    media = world.files.find(str(described.get(_FILES[kind], ""))).media
    if media.kind != kind:
        raise bad_request(f"can't use file of type {media.kind} as {kind}")
    if kind == "document" and not described.get("title"):
        raise bad_request('can\'t parse inline query result: field "title" must be non-empty')
    content = caption_content(CallArguments(described), media, described.get("reply_markup"))
    return InlineResult(result_id, kind, content)


def _button(described: Any) -> tuple[str | None, str | None]:
    if described is None:
        return None, None
    words, start = str(described.get("text", "")), str(described.get("start_parameter", ""))
    if not words or not _START.fullmatch(start):
        raise bad_request("START_PARAM_INVALID")
    return words, start


METHODS = {"answerInlineQuery": answer_inline_query}
