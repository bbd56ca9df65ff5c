"""The bot's log: what went wrong, and never what people wrote."""

import logging

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import EditMessageMedia, EditMessageText, SendMessage
from sqlalchemy.exc import OperationalError

from store import jobs
from tests.fixtures.bot import BotHarness, bad_request
from tests.fixtures.store import found

SECRET = "тайное желание"


async def test_no_line_of_the_log_tells_what_somebody_asked_for(
    harness: BotHarness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    await harness.say(SECRET)
    await harness.deliver()
    job = await harness.painting()
    harness.telegram.fail(EditMessageText, bad_request("can't parse entities"))
    await harness.update_progress()
    await harness.finish(await found(harness.db, job.id))
    harness.telegram.fail(EditMessageMedia, bad_request("wrong file"))
    await harness.deliver()
    harness.telegram.fail(SendMessage, lambda method: TelegramNetworkError(method, "away"))
    await harness.say(f"{SECRET}:9999999")
    await harness.say(f"/draw {SECRET}|", chat=-5)
    harness.configure(retry_pauses_s=())
    monkeypatch.setattr(jobs, "enqueue", _away)
    await harness.say(SECRET)
    for trouble in ("progress was refused", "wrong file", "away", "disk I/O error"):
        assert trouble in caplog.text
    assert SECRET not in caplog.text


async def _away(*arguments: object, **named: object) -> None:
    values = {"prompt": SECRET}
    raise OperationalError("INSERT", values, Exception("disk I/O error"), hide_parameters=True)
