"""The connection to Telegram."""

import gc
import weakref

from aiogram import Bot
from aiogram.methods import DeleteMessage

from bot.app import make_bot
from bot.settings import BotSettings
from tests.fixtures.bot import TOKEN


def _answered(bot: Bot) -> "weakref.ref[type]":
    """The model of an answer, once the answer has been read and thrown away."""
    method = DeleteMessage(chat_id=1, message_id=1)
    response = bot.session.check_response(bot, method, 200, '{"ok": true, "result": true}')
    assert response.result is True
    return weakref.ref(type(response))


async def test_the_model_of_an_answer_is_made_once() -> None:
    """pydantic would make it anew for every message that is sent, which takes 20 ms."""
    values = {"token": TOKEN, "bot_api": "http://127.0.0.1:1"}
    bot = make_bot(BotSettings(_env_file=None, **values))  # type: ignore[arg-type]
    first = _answered(bot)
    gc.collect()
    assert first() is not None and first() is _answered(bot)()
    await bot.session.close()
