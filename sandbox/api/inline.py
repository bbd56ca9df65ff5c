"""Method answerInlineQuery, for files that were sent before."""

import re
from typing import Any

from sandbox.api.arguments import CallArguments
from sandbox.api.content import caption_content
from sandbox.errors import bad_request
from sandbox.state.inline import InlineAnswer, InlineResult
from sandbox.state.world import World

_MAX_RESULTS = 50
_MAX_ID_BYTES = 64  # of a result id and of an offset
_START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUERY_SECONDS = 60.0
_FILES = {"photo": "photo_file_id", "document": "document_file_id"}


async def answer_inline_query(world: World, arguments: CallArguments) -> Any:
    """Answer an inline query."""
    query = world.inline.get(arguments.text("inline_query_id"))
    if query is None or world.clock.now() - query.at > _QUERY_SECONDS:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    description = arguments.json("results")
    if not isinstance(description, list):
        raise bad_request("can't parse inline query results JSON object")
    if len(description) > _MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    results = tuple(_result(world, result) for result in description)
    if len({result.id for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    offset = arguments.text("next_offset")
    if len(offset.encode()) > _MAX_ID_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    label, start = _button(arguments.json("button"))
    cache_time = arguments.integer("cache_time")
    query.answer = InlineAnswer(
        results,
        offset,
        personal=arguments.flag("is_personal"),
        cache_seconds=300 if cache_time is None else cache_time,
        button=label,
        start=start,
    )
    world.notify()
    return True


def _result(world: World, description: Any) -> InlineResult:
    if not isinstance(description, dict) or description.get("type") not in _FILES:
        raise bad_request("the sandbox offers only photos and documents that were sent before")
    kind, result_id = str(description["type"]), str(description.get("id", ""))
    if not 1 <= len(result_id.encode()) <= _MAX_ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    media = world.files.find(str(description.get(_FILES[kind], ""))).media
    if media.kind != kind:
        raise bad_request(f"can't use file of type {media.kind} as {kind}")
    if kind == "document" and not description.get("title"):
        raise bad_request('can\'t parse inline query result: field "title" must be non-empty')
    content = caption_content(CallArguments(description), media, description.get("reply_markup"))
    return InlineResult(result_id, kind, content)


def _button(description: Any) -> tuple[str | None, str | None]:
    if description is None:
        return None, None
    label, start = str(description.get("text", "")), str(description.get("start_parameter", ""))
    if not label or not _START_PARAMETER.fullmatch(start):
        raise bad_request("START_PARAM_INVALID")
    return label, start


METHODS = {"answerInlineQuery": answer_inline_query}
