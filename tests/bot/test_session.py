"""The connection to Telegram."""

import gc
import weakref

import pytest
from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import DeleteMessage

from bot.app import make_bot
from bot.delivery.outcomes import OutcomeKind, classify
from bot.settings import BotSettings
from tests.fixtures.bot import TOKEN


def _answered(bot: Bot) -> "weakref.ref[type]":
    """The model of an answer, once the answer has been read and thrown away."""
    method = DeleteMessage(chat_id=1, message_id=1)
    response = bot.session.check_response(bot, method, 200, '{"ok": true, "result": true}')
    assert response.result is True
    return weakref.ref(type(response))


def _bot() -> Bot:
    values = {"token": TOKEN, "bot_api": "http://127.0.0.1:1"}
    return make_bot(BotSettings(_env_file=None, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "content", "kind"),
    [
        (502, "<html>nginx</html>", OutcomeKind.SERVER_ERROR),
        (413, "<html>nginx</html>", OutcomeKind.FILE_TOO_BIG),
        (200, '{"ok": true, "resu', OutcomeKind.UNANSWERED),
        (403, "<html>forbidden by a filter</html>", OutcomeKind.FAILED),
        (200, '{"ok": true, "result": "a new type"}', OutcomeKind.FAILED),
    ],
)
async def test_a_page_or_half_an_answer_is_what_its_code_says(
    code: int, content: str, kind: OutcomeKind
) -> None:
    bot = _bot()
    with pytest.raises(AiogramError) as raised:
        bot.session.check_response(bot, DeleteMessage(chat_id=1, message_id=1), code, content)
    assert classify(raised.value).kind is kind
    await bot.session.close()


async def test_the_model_of_an_answer_is_made_once() -> None:
    """pydantic would make it anew for every message that is sent, which takes 20 ms."""
    bot = _bot()
    first = _answered(bot)
    gc.collect()
    assert first() is not None and first() is _answered(bot)()
    await bot.session.close()
