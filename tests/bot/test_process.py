"""The program from outside: exit codes, signals, health."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bot import __main__ as program
from bot.app import serve
from bot.settings import SettingsError, load
from sandbox import Sandbox
from sandbox.state.chats import SandboxChat
from store import processes
from tests.fixtures.cluster.databases import ON_POSTGRESQL
from tests.fixtures.outage import full_disk
from tests.fixtures.store import opened, sql, url
from tests.fixtures.telegram.sandbox import refused_polls

TOKEN = "42:" + "A" * 35
PATIENCE_S = 90.0  # for a machine that does other things too


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "log_to_stderr", lambda secrets, **options: None)
    monkeypatch.setenv("MAZOK_DATABASE", url(tmp_path / "mazok.db"))
    monkeypatch.setenv("MAZOK_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("MAZOK_TOKEN", TOKEN)
    # Nothing listens there: whoever forgets to set it finds out at once.
    monkeypatch.setenv("MAZOK_BOT_API", "http://127.0.0.1:9")


@asynccontextmanager
async def _bot(telegram: Sandbox) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = {"MAZOK_BOT_API": telegram.url, "MAZOK_TOKEN": telegram.token}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        env={**os.environ, **settings},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was said."""
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def _files(folder: Path) -> list[Path]:
    """All files except SQLite's own, which it keeps beside the database."""
    return sorted(path for path in folder.rglob("*") if not path.match("mazok.db-*"))


@pytest.mark.parametrize("token", ["", "hello"])
def test_a_missing_or_malformed_token_is_one_line_and_code_2(
    token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAZOK_TOKEN", token)
    assert program.main([]) == 2
    assert "MAZOK_TOKEN" in _line(capsys)


def test_a_newer_database_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def age() -> None:
        async with opened(tmp_path) as db:
            await sql(db, "UPDATE alembic_version SET version_num = '9999'")

    asyncio.run(age())
    assert program.main([]) == 2
    assert "newer" in _line(capsys)
    assert program.main(["--health"]) == 1


def test_health_without_a_bot_is_one_line_and_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--health"]) == 1
    told = _line(capsys)
    assert ("has no tables yet: the bot" if ON_POSTGRESQL else "no such file. The bot") in told


def test_health_is_that_of_the_bots_on_this_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def beat(name: str, *, silent_ms: int = 0) -> None:
        async with opened(tmp_path) as db:
            async with db.write() as connection:
                await processes.record_beat(connection, name, "bot")
            await sql(db, f"UPDATE processes SET beat_ms = beat_ms - {silent_ms}")

    asyncio.run(beat("another-host:1"))
    assert program.main(["--health"]) == 1
    assert _line(capsys) == "No bot is running on this machine. Start it: python -m bot"
    asyncio.run(beat(processes.own_name(), silent_ms=60_000))
    assert program.main(["--health"]) == 1
    assert re.fullmatch(r"The bot has not reported for 6\d seconds\.", _line(capsys))


def test_health_makes_nothing_and_writes_to_the_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program.main(["--health"]) == 1
    assert list(tmp_path.iterdir()) == []

    async def start() -> None:
        async with opened(tmp_path) as db, db.write() as connection:
            await processes.record_beat(connection, processes.own_name(), "bot")

    asyncio.run(start())
    capsys.readouterr()
    before = _files(tmp_path)
    assert program.main(["--health"]) == 0
    assert _files(tmp_path) == before
    if ON_POSTGRESQL:  # whose disk is elsewhere
        return
    full_disk(monkeypatch).full = True
    assert program.main(["--health"]) == 1
    assert _line(capsys) == "The store cannot be used: database or disk is full."
    assert _files(tmp_path) == before


async def test_a_token_that_telegram_does_not_know_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Sandbox() as telegram:
        monkeypatch.setenv("MAZOK_BOT_API", telegram.url)
        with pytest.raises(SettingsError, match="MAZOK_TOKEN"):
            await serve(load())


@pytest.mark.chaos
async def test_47_48_signals_end_the_bot_kindly_and_a_second_poller_is_told_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first is a program by itself; the second runs here, since a start takes seconds."""
    monkeypatch.setattr("bot.app.exit_after", lambda seconds, code: None)  # the tests go on
    async with Sandbox() as telegram, _bot(telegram) as first:
        monkeypatch.setenv("MAZOK_BOT_API", telegram.url)
        monkeypatch.setenv("MAZOK_TOKEN", telegram.token)
        elsewhere = load().model_copy(update={"database": url(tmp_path / "another.db")})
        second = asyncio.create_task(serve(elsewhere))
        await telegram.until(lambda: refused_polls(telegram) >= 2, PATIENCE_S)
        assert await asyncio.to_thread(program.main, ["--health"]) == 0
        first.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(first.communicate(), PATIENCE_S)
        assert not second.done()
        os.kill(os.getpid(), signal.SIGINT)
        assert await asyncio.wait_for(second, PATIENCE_S) == 130
    assert first.returncode == 0
    told = "another program polls"
    assert 1 <= said.decode().count(told) + caplog.text.count(told) <= 2
    assert b"Traceback" not in said
    assert telegram.token.encode() not in said
    assert await asyncio.to_thread(program.main, ["--health"]) == 1


def _has(chat: SandboxChat, answers: int) -> bool:
    return len(chat.from_bot) >= answers


@pytest.mark.chaos
async def test_of_two_bots_one_polls_and_the_other_takes_over_when_it_is_killed() -> None:
    async with Sandbox() as telegram, _bot(telegram) as first:
        anna = telegram.person("Anna")
        chat = telegram.private(anna)
        await telegram.until(lambda: telegram.calls_of("getUpdates"), PATIENCE_S)
        async with _bot(telegram) as second:
            for bot, text in ((first, "/help"), (second, "/me")):
                telegram.say(anna, chat, text)
                answers = len(chat.from_bot) + 1
                await telegram.until(partial(_has, chat, answers), PATIENCE_S)
                assert refused_polls(telegram) == 0
                bot.kill()
                await bot.wait()


@pytest.mark.parametrize(
    ("name", "value", "russian"),
    [
        ("TOKEN", "", "Нет MAZOK_TOKEN: впишите токен от @BotFather в .env или в окружение"),
        ("ACCESS", "friends", "MAZOK_ACCESS задано неверно: подходит everyone, list"),
        ("KEEP_DAYS", "-1", "MAZOK_KEEP_DAYS задано неверно: нужно не меньше 0"),
        ("WAITING_ALL", "many", "MAZOK_WAITING_ALL задано неверно: нужно целое число"),
    ],
)
def test_what_is_wrong_at_the_start_is_told_in_the_language_of_the_terminal(
    name: str,
    value: str,
    russian: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    monkeypatch.setenv(f"MAZOK_{name}", value)
    assert program.main([]) == 2
    assert _line(capsys) == russian
