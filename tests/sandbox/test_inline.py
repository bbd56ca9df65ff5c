"""Inline mode in the sandbox: queries in any chat, and results that Telegram would refuse."""

from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox
from tests.fixtures.image import png
from tests.fixtures.telegram.sandbox import call, post


def _photo(telegram: Sandbox) -> str:
    """The id of a photo that was sent before."""
    anna = telegram.person("Anna")
    message = telegram.say(anna, anna, photo=png(size=(64, 64)))
    assert message.media
    return telegram.world.files.store(message.media).id


async def test_what_is_offered_can_be_sent_to_any_chat(telegram: Sandbox) -> None:
    photo = _photo(telegram)
    ben = telegram.person("Ben", language="ru")
    club = telegram.group("Art club", [ben])
    question = telegram.inline_query(ben, "кот", offset="30")
    update = (await call(telegram, "getUpdates"))["result"][-1]["inline_query"]
    assert (update["query"], update["offset"], update["from"]["id"]) == ("кот", "30", ben.id)
    offered = {"type": "photo", "id": "7", "photo_file_id": photo, "caption": "a <b>cat</b>"}
    answer = {
        "inline_query_id": update["id"],
        "results": [{**offered, "parse_mode": "HTML"}],
        "is_personal": True,
        "cache_time": 0,
        "button": {"text": "Mine", "start_parameter": "gallery"},
    }
    assert (await call(telegram, "answerInlineQuery", **answer))["ok"]
    assert question.answer is not None
    assert (question.answer.personal, question.answer.cache_seconds) == (True, 0)
    assert (question.answer.button, question.answer.start) == ("Mine", "gallery")
    sent = telegram.send_inline(question, "7", club)
    assert (sent.sender, sent.via_bot, sent.text, sent.kind) == (
        ben,
        telegram.bot,
        "a cat",
        "photo",
    )
    with pytest.raises(LookupError, match="nothing '8' was offered"):
        telegram.send_inline(question, "8", club)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"results": [{"type": "photo", "id": "1", "photo_file_id": "x"}]}, "wrong file"),
        ({"results": [{"type": "photo", "id": ""}]}, "RESULT_ID_INVALID"),
        ({"results": [{"type": "photo", "id": "ы" * 33}]}, "RESULT_ID_INVALID"),
        ({"results": [{"type": "gif", "id": "1"}]}, "only photos and documents"),
        ({"results": "all"}, "results"),
        ({"results": [{}] * 51}, "RESULTS_TOO_MUCH"),
        ({"next_offset": "1" * 65}, "NEXT_OFFSET_INVALID"),
        ({"button": {"text": "Mine", "start_parameter": "моя"}}, "START_PARAM_INVALID"),
        ({"inline_query_id": "1"}, "query is too old"),
    ],
)
async def test_answers_that_telegram_refuses(
    telegram: Sandbox, change: dict[str, Any], refusal: str
) -> None:
    question = telegram.inline_query(telegram.person("Anna"))
    answer = {"inline_query_id": question.id, "results": [], **change}
    refused = await call(telegram, "answerInlineQuery", **answer)
    assert refused["error_code"] == 400
    assert refusal in refused["description"]
    assert question.answer is None


async def test_the_same_result_is_not_offered_twice_nor_after_a_minute(telegram: Sandbox) -> None:
    photo = _photo(telegram)
    question = telegram.inline_query(telegram.person("Anna"))
    one = {"type": "photo", "id": "1", "photo_file_id": photo}
    answer = {"inline_query_id": question.id, "results": [one, one]}
    assert "DUPLICATE" in (await call(telegram, "answerInlineQuery", **answer))["description"]
    telegram.clock.advance(61)
    late = await call(telegram, "answerInlineQuery", **{**answer, "results": [one]})
    assert "too old" in late["description"]


async def test_the_same_over_http(telegram: Sandbox) -> None:
    photo = _photo(telegram)
    ben = telegram.person("Ben")
    club = telegram.group("Art club", [ben])
    async with aiohttp.ClientSession(telegram.url) as session:
        asked = await post(session, "/sandbox/inquire", user=ben.id, text="cat")
        assert (await post(session, "/sandbox/inline", id=asked["id"]))["results"] is None
        one = {"type": "photo", "id": "7", "photo_file_id": photo}
        await call(telegram, "answerInlineQuery", inline_query_id=asked["id"], results=[one])
        assert (await post(session, "/sandbox/inline", id=asked["id"]))["results"] == ["7"]
        sent = await post(session, "/sandbox/inline", id=asked["id"], result="7", chat=club.id)
        assert (sent["kind"], sent["via_bot"]["is_bot"]) == ("photo", True)
