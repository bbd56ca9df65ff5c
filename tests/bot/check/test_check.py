"""`python -m bot --check`: a line for each finding, and the exit code of the worst."""

import errno
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import make_bot, serve
from bot.check.run import run_check
from bot.settings import SettingsError, load
from sandbox import Sandbox
from store.files.files import Files
from store.texts import LANGUAGES
from tests.fixtures.network.proxy import PASSWORD, USER, proxy_here
from tests.fixtures.store import only_on_sqlite, opened, sql, url

GOOD = "this is @mazok_bot"


@pytest.fixture
async def telegram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    async with opened(tmp_path):  # a copy of one with tables, which take half a second to make
        pass
    async with Sandbox(limits=None) as telegram:
        monkeypatch.setenv("MAZOK_DATABASE", url(tmp_path / "mazok.db"))
        monkeypatch.setenv("MAZOK_FILES", str(tmp_path / "files"))
        monkeypatch.setenv("MAZOK_TOKEN", telegram.token)
        monkeypatch.setenv("MAZOK_BOT_API", telegram.url)
        monkeypatch.setenv("MAZOK_ADMINS", "7")
        yield telegram


async def _checked(language: str = "en") -> tuple[int, list[str]]:
    stream = io.StringIO()
    code = await run_check(make_bot, stream, language)
    return code, stream.getvalue().splitlines()


def _bad(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith("✓")]


@only_on_sqlite
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_good_set_up_is_six_lines_and_code_0(
    telegram: Sandbox, language: str, tmp_path: Path
) -> None:
    (tmp_path / "mazok.db").unlink()  # it is made by the check
    code, lines = await _checked(language)
    assert code == 0 and len(lines) == 6
    (engine,) = _bad(lines)
    assert engine.startswith("!") and "mazok engine" in engine
    assert "@mazok_bot" in lines[0] and str(tmp_path / "mazok.db") in lines[3]
    assert list((tmp_path / "files").iterdir()) == []  # nothing is left there


async def test_no_network_is_code_1(telegram: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZOK_BOT_API", "http://127.0.0.1:9")
    code, lines = await _checked()
    assert code == 1
    assert "cannot be reached at 127.0.0.1:9: the connection was refused." in lines[0]
    assert "MAZOK_PROXY" not in lines[0]  # a server of one's own is up or not
    assert any("Database" in line for line in lines)  # the rest is looked at all the same


async def test_without_a_proxy_the_setting_is_named(
    telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAZOK_BOT_API")
    for name in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "")
        monkeypatch.setenv(name.lower(), "")
    monkeypatch.setattr("bot.app.PRODUCTION", _unreachable())
    code, lines = await _checked()
    assert code == 1 and "set MAZOK_PROXY" in lines[0]


def _unreachable() -> object:
    from aiogram.client.telegram import TelegramAPIServer

    return TelegramAPIServer.from_base("http://127.0.0.1:9")


async def test_a_dead_proxy_is_named_without_its_password(
    telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_BOT_API", "http://telegram.invalid")
    monkeypatch.setenv("MAZOK_PROXY", "socks5://anna:secret@127.0.0.1:9")
    code, lines = await _checked()
    assert code == 1 and "through the proxy socks5://127.0.0.1:9" in lines[0]
    assert "secret" not in "".join(lines)


@pytest.mark.parametrize(
    ("scheme", "locked", "setting"),
    [
        ("http", False, "HTTP_PROXY"),
        ("http", True, "MAZOK_PROXY"),
        ("socks5", False, "MAZOK_PROXY"),
        ("socks5", True, "ALL_PROXY"),
    ],
)
async def test_a_proxy_that_works_is_named_without_its_password(
    scheme: str,
    locked: bool,
    setting: str,
    telegram: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAZOK_BOT_API", "http://telegram.invalid")
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with proxy_here(scheme, telegram.port, locked=locked) as proxy:
        monkeypatch.setenv(setting, proxy.address(scheme))
        code, lines = await _checked()
    assert code == 0, lines
    assert "@mazok_bot" in lines[0] and proxy.asked[0] == "telegram.invalid"
    assert f"through the proxy {scheme}://127.0.0.1:{proxy.port}" in lines[0]
    assert PASSWORD not in "".join(lines) and USER not in "".join(lines)


@pytest.mark.parametrize("login", ["", "anna:wr0ng@"])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_wants_another_password_is_said(
    scheme: str, login: str, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_BOT_API", "http://telegram.invalid")
    with proxy_here(scheme, telegram.port, locked=True) as proxy:
        monkeypatch.setenv("MAZOK_PROXY", proxy.address(scheme, login))
        code, lines = await _checked()
    assert code == 1 and f"through the proxy {scheme}://127.0.0.1:{proxy.port}" in lines[0]
    assert "user and password" in lines[0] and "wr0ng" not in lines[0]


async def test_a_wrong_token_is_code_2(telegram: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZOK_TOKEN", "1:" + "a" * 35)
    code, lines = await _checked()
    assert code == 2 and "MAZOK_TOKEN" in lines[0] and "logOut" in lines[0]
    monkeypatch.setenv("MAZOK_TOKEN", "")
    code, lines = await _checked()
    assert code == 2 and len(lines) == 1 and "MAZOK_TOKEN is missing" in lines[0]


async def test_a_leftover_webhook_is_a_note_without_its_path(telegram: Sandbox) -> None:
    bot = make_bot(load())
    await bot.set_webhook("https://old.example/secret")
    await bot.session.close()
    code, lines = await _checked()
    assert code == 0 and "old.example" in lines[1] and "removes it" in lines[1]
    assert "secret" not in lines[1] and telegram.world.updates.webhook.url  # nothing is changed


@pytest.mark.parametrize(
    ("there", "words"), [("", "sets that"), ("https://old.example/", "replaces it")]
)
async def test_a_webhook_that_is_still_to_be_set_is_a_note(
    telegram: Sandbox, there: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_WEBHOOK", "https://bot.example/hook")
    bot = make_bot(load())
    await bot.set_webhook(there)
    await bot.session.close()
    code, lines = await _checked()
    assert code == 0 and words in lines[1]


async def test_privacy_that_is_off_is_a_note(telegram: Sandbox) -> None:
    telegram.world.privacy = False
    code, lines = await _checked()
    assert code == 0 and lines[2].startswith("!") and "/setprivacy" in lines[2]


async def test_a_full_disk_is_code_1(telegram: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Files, "write", _failing(errno.ENOSPC))
    code, lines = await _checked()
    assert code == 1 and "disk is full" in lines[-1] and "files" in lines[-1]


async def test_a_read_only_volume_is_code_2(
    telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Files, "write", _failing(errno.EROFS))
    code, lines = await _checked()
    assert code == 2 and "read-only" in lines[-1] and "MAZOK_FILES" in lines[-1]


async def test_a_folder_of_somebody_else_ends_the_bot_before_it_calls_telegram(
    telegram: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Files, "write", _failing(errno.EACCES))
    monkeypatch.setenv("LC_ALL", "C")
    with pytest.raises(SettingsError) as caught:
        await serve(load())
    told = str(caught.value)
    assert str(tmp_path / "files") in told and f"user {os.getuid()}" in told
    assert telegram.calls == []


def _failing(number: int) -> object:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


async def test_a_database_of_a_newer_version_is_code_2(telegram: Sandbox, tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        await sql(db, "UPDATE alembic_version SET version_num = '9999'")
    code, lines = await _checked()
    assert code == 2 and "newer version" in lines[3]


async def test_an_unknown_setting_is_a_note(
    telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_TOKN", "x")
    monkeypatch.setenv("MAZOK_PY", "x")
    code, lines = await _checked()
    assert code == 0 and [line[:1] for line in lines[:2]] == ["!", "!"]
    assert "MAZOK_TOKEN" in lines[1]


async def test_a_servers_folder_that_is_not_here_is_code_2(
    telegram: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAZOK_BOT_API_FILES", str(tmp_path / "none"))
    code, lines = await _checked()
    assert code == 2 and "MAZOK_BOT_API_FILES" in lines[0]
