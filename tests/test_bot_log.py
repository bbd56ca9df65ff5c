"""The bot's log: what went wrong, and never what people wrote."""

import logging

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import EditMessageMedia, EditMessageText, SendMessage
from sqlalchemy.exc import OperationalError

from bot import dispatcher
from store import jobs
from tests.bot_fixtures import Room, bad_request
from tests.store_fixtures import found

SECRET = "тайное желание"


async def test_no_line_of_the_log_tells_what_somebody_asked_for(
    room: Room, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    await room.say(SECRET)
    await room.deliver()
    job = await room.painting()
    room.telegram.fail(EditMessageText, bad_request("can't parse entities"))
    await room.show()
    await room.finish(await found(room.db, job.id))
    room.telegram.fail(EditMessageMedia, bad_request("wrong file"))
    await room.deliver()
    room.telegram.fail(SendMessage, lambda method: TelegramNetworkError(method, "away"))
    await room.say(f"{SECRET}:9999999")
    await room.say(f"/draw {SECRET}|", chat=-5)
    monkeypatch.setattr(dispatcher, "PAUSES_S", ())
    monkeypatch.setattr(jobs, "accept", _away)
    await room.say(SECRET)
    for trouble in ("progress was refused", "wrong file", "away", "disk I/O error"):
        assert trouble in caplog.text
    assert SECRET not in caplog.text


async def _away(*arguments: object, **named: object) -> None:
    values = {"prompt": SECRET}
    raise OperationalError("INSERT", values, Exception("disk I/O error"), hide_parameters=True)
