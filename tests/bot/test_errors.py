"""What goes wrong inside stays inside: one kind sentence for people, one clean line in the log."""

import io
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import AnswerCallbackQuery, EditMessageMedia, SendDocument, SendMessage
from sqlalchemy.exc import OperationalError

from bot import logs
from bot.delivery.results import media
from bot.middlewares.retry import StoreUnavailable
from store import jobs
from store.database.database import Database
from store.files.files import Files
from store.messages import outbox
from store.model import Notice
from tests.fixtures.bot import TOKEN, BotHarness
from tests.fixtures.store import claimed, sql

SECRET = "4242:short-secret"
EVIL = (
    f"https://api.telegram.org/bot{TOKEN}/getMe said\n"
    'Traceback (most recent call last):\n  File "/srv/mazok/bot/secret.py", line 1, in f\n'
    f"\r[Errno 13] '/home/anna/private/key.pem' {TOKEN.replace(':', '%3A')} {SECRET}"
)
HERE = f"{Path(__file__).parents[2]}/"  # wherever this is checked out
UNTOLD = ("A" * 35, SECRET, "/home/", "/srv/", HERE, "/usr/", "Traceback", 'File "', ".py")


@pytest.fixture
def harness(harness: BotHarness) -> BotHarness:
    harness.configure(retry_pauses_s=(0.0, 0.0))
    return harness


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log as `python -m bot` writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(logs.RedactingFilter([SECRET]))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def _nested() -> Exception:
    try:
        try:
            raise PermissionError(13, "Permission denied", "/home/anna/private/key.pem")
        except PermissionError as error:
            raise RuntimeError(EVIL) from error
    except RuntimeError as error:
        return error


ERRORS: dict[str, Callable[[], Exception]] = {
    "value": lambda: ValueError(EVIL),
    "file": lambda: FileNotFoundError(2, "No such file", "/home/anna/private/key.pem"),
    "nested": _nested,
    "group": lambda: ExceptionGroup(EVIL, [OSError(EVIL), _nested()]),
    "database": lambda: OperationalError(f"SELECT '{TOKEN}'", {"p": "/home/x/y"}, OSError(EVIL)),
    "network": lambda: TelegramNetworkError(AnswerCallbackQuery(callback_query_id="1"), EVIL),
}


def _check(harness: BotHarness, log: io.StringIO) -> None:
    said = [
        str(getattr(call, name, ""))
        for call in harness.telegram.calls
        for name in ("text", "caption")
    ]
    said += [str(call.media.caption) for call in harness.telegram.of(EditMessageMedia)]
    for text in (*filter(None, said), log.getvalue()):
        assert [one for one in UNTOLD if one in text] == []
    for line in log.getvalue().splitlines():
        assert line.startswith(("INFO ", "WARNING ", "ERROR ", "CRITICAL ")), line


@pytest.mark.parametrize("kind", ERRORS)
async def test_45_no_error_takes_a_trace_a_path_or_the_token_outside(
    harness: BotHarness, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """One after the other, everything that a handler, the courier and the progress lean on."""

    async def broken(*_: Any, **__: Any) -> Any:
        raise ERRORS[kind]()

    await harness.say("кот")
    await harness.deliver()
    job = await harness.painting(preview="jobs/1/frames/1.png")
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "enqueue", broken)
        patch.setattr(jobs, "cancel", broken)
        await harness.say("пёс")
        await harness.say("/cancel")
        await harness.tap("cancel:1")
        patch.setattr(media, "read_file", broken)
        await harness.update_progress()
        patch.setattr(outbox, "claim_due", broken)
        assert await harness.courier._claim([]) is None
    assert harness.answers()[-2:] == [harness.context.texts("ru", "try-later")] * 2
    assert harness.toasts() == [harness.context.texts("ru", "try-later")]
    await harness.finish(job)
    delivery = await harness.next_due()
    assert delivery is not None
    with monkeypatch.context() as patch:
        patch.setattr(media, "read_file", broken)
        await harness.courier.deliver(delivery)
    for method in (SendMessage, SendDocument):
        harness.telegram.fail(method, lambda _: ERRORS[kind]())
    await harness.say("/help")
    await harness.tap("do:png:1:0")
    assert log.getvalue().count("\n") > 5
    _check(harness, log)


async def test_45_what_an_engine_says_of_its_failure_is_only_what_has_words(
    harness: BotHarness, log: io.StringIO
) -> None:
    await harness.say("кот")
    await harness.deliver()
    job, token = await claimed(harness.db)
    await jobs.fail(
        harness.db, job.id, token, Notice("of-a-newer-engine", {"at": EVIL}), retry=False
    )
    await harness.deliver()
    await harness.send_announcements()
    _check(harness, log)


async def test_45_an_error_of_the_database_does_not_repeat_peoples_words(
    harness: BotHarness, log: io.StringIO
) -> None:
    await sql(harness.db, "DROP TABLE outbox")
    await harness.say("секретное желание")
    assert re.search('no such table|relation "outbox" does not exist', log.getvalue())
    assert "желание" not in log.getvalue()


def test_45_a_line_of_the_log_still_says_what_happened_and_where(log: io.StringIO) -> None:
    try:
        Files("/proc/no-such-place").read("jobs/1/picture.png")
    except OSError:
        logging.getLogger("bot").exception("job %d: %s failed", 1, "picture")
    (line,) = log.getvalue().splitlines()
    assert line.startswith("ERROR bot: job 1: picture failed: FileNotFoundError: ")
    assert re.search(r"\(in [\w.]+:\d+ < store\.files\.files:\d+\)$", line)
    assert "…/picture.png" in line and "/proc" not in line


async def test_a_failing_store_is_tried_again_and_then_admitted(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, failures = jobs.enqueue, [OSError("disk"), OSError("disk")]

    async def failing(*arguments: Any, **names: Any) -> Any:
        if failures:
            raise failures.pop()
        return await accept(*arguments, **names)

    monkeypatch.setattr(jobs, "enqueue", failing)
    await harness.say("кот")
    assert len(await harness.jobs()) == 1
    failures += [OSError("disk")] * 3
    await harness.say("пёс")
    assert harness.answers() == [harness.context.texts("ru", "try-later")]


async def test_while_the_store_is_away_nothing_is_given_up(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, away = jobs.enqueue, [True]

    async def failing(*arguments: Any, **names: Any) -> Any:
        if away:
            raise OperationalError("SELECT", None, Exception("the server starts up"))
        return await accept(*arguments, **names)

    async def is_away(self: Database) -> bool:
        return bool(away)

    monkeypatch.setattr(jobs, "enqueue", failing)
    monkeypatch.setattr(Database, "is_away", is_away)
    with pytest.raises(StoreUnavailable, match="the server starts up"):
        await harness.say("кот")
    assert harness.answers() == []
    away.clear()
    await harness.say("кот")
    assert len(await harness.jobs()) == 1


async def test_62_a_network_that_breaks_now_and_then_loses_no_request(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, breaks = jobs.enqueue, [ConnectionResetError()] * 10

    async def failing(*arguments: Any, **names: Any) -> Any:
        if breaks:
            raise breaks.pop()
        return await accept(*arguments, **names)

    monkeypatch.setattr(jobs, "enqueue", failing)  # the database itself is there all the time
    await harness.say("кот")
    assert len(await harness.jobs()) == 1 and harness.answers() == []
