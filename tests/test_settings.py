"""Settings are read as people write them, or one line says which file and line to mend."""

import os
from pathlib import Path

import pytest

from bot.settings import BotSettings, SettingsError, load
from engine.settings import EngineSettings
from store.environment import (
    NAMES,
    clean,
    decode,
    export,
    open_to_others,
    read_values,
    unknown_names,
    unknown_settings,
)
from store.errors import SettingsFileError
from store.settings import StoreSettings

TOKEN = "4242424242:" + "A" * 35


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("50", "50"),
        (" 50 ", "50"),
        ('"50"', "50"),
        ("'50'", "50"),
        ("50 # a day", "50"),
        ('"50" # a day', "50"),
        ("postgresql://me:a#b@host/mazok", "postgresql://me:a#b@host/mazok"),
        ('"a # b"', "a # b"),
        ('"never closed', '"never closed'),
        ("# nothing", "# nothing"),
        ('""', ""),
        ("   ", ""),
    ],
)
def test_quotes_comments_and_blanks_are_no_part_of_a_value(written: str, meant: str) -> None:
    assert clean(written) == meant


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251"])
def test_a_file_is_read_in_whatever_encoding_an_editor_wrote(encoding: str, tmp_path: Path) -> None:
    text = "MAZOK_TOKEN=1:a  # токен бота\r\nMAZOK_ADMINS='7,8'\r\n"
    (file := tmp_path / ".env").write_bytes(text.encode(encoding))
    assert read_values({}, file) == {"TOKEN": "1:a", "ADMINS": "7,8"}
    assert decode(text.encode(encoding)).endswith("'7,8'\r\n")


def test_the_environment_wins_over_the_file_unless_it_is_empty(tmp_path: Path) -> None:
    (file := tmp_path / ".env").write_text("MAZOK_STEPS=5\nMAZOK_DEVICE=cpu\nOTHER=1\n")
    assert read_values({"MAZOK_STEPS": "7"}, file) == {"STEPS": "7", "DEVICE": "cpu"}


def test_settings_of_libraries_in_the_file_are_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / ".env").write_text("HF_HOME='/disk'  # big\nHF_TOKEN=file\nHOME=/x\n")
    monkeypatch.setenv("HF_TOKEN", "environment")
    monkeypatch.setenv("HF_HOME", "")
    monkeypatch.delenv("HF_HOME")  # so that it is taken away again
    export(file, "HF_")
    assert (os.environ["HF_HOME"], os.environ["HF_TOKEN"]) == ("/disk", "environment")
    assert os.environ["HOME"] != "/x"


def test_a_line_without_a_name_is_told_with_its_number(tmp_path: Path) -> None:
    (file := tmp_path / ".env").write_text("# mine\nMAZOK_TOKEN 1:a\n")
    with pytest.raises(SettingsFileError, match=r"\.env, line 2 "):
        read_values({}, file)


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    assert read_values({}, tmp_path) == {}


def test_unknown_names_are_told_with_the_near_one() -> None:
    assert unknown_names(["TOKN", "TOKEN", "XYZZY"]) == [
        ("MAZOK_TOKN", "MAZOK_TOKEN"),
        ("MAZOK_XYZZY", None),
    ]


def test_the_names_are_those_of_the_settings() -> None:
    kinds = (StoreSettings, BotSettings, EngineSettings)
    assert set(NAMES) == {field.upper() for kind in kinds for field in kind.model_fields}


def test_what_docker_hands_over_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZOK_TOKEN", f'"{TOKEN}"')
    monkeypatch.setenv("MAZOK_ADMINS", '"7, 8"')
    monkeypatch.setenv("MAZOK_DAILY_CREDITS", "5 # a day")
    monkeypatch.setenv("MAZOK_BOT_API", " http://localhost:8081// ")
    settings = load()
    assert settings.bare_token == TOKEN and settings.admins == {7, 8}
    assert settings.daily_credits == 5 and settings.bot_api == "http://localhost:8081"


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("sqlite:////x.db", "sqlite+aiosqlite:////x.db"),
        ("sqlite+aiosqlite:////x.db", "sqlite+aiosqlite:////x.db"),
        ("postgres://me@host/mazok", "postgresql+asyncpg://me@host/mazok"),
        ("postgresql://me@host/mazok", "postgresql+asyncpg://me@host/mazok"),
        ("postgresql+asyncpg://me@host/mazok", "postgresql+asyncpg://me@host/mazok"),
    ],
)
def test_a_database_may_be_named_without_its_driver(
    written: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_DATABASE", written)
    assert StoreSettings().database == used


@pytest.mark.parametrize(
    ("database", "files", "told"),
    [
        ("sqlite:///data/mazok.db", "s3://bucket/mazok", "SQLite serves one machine"),
        ("sqlite:///data/mazok.db", "memory://files", "cannot share files in memory"),
        ("postgresql://me@host/mazok", "memory://files", "cannot share files in memory"),
    ],
)
def test_what_cannot_be_shared_is_refused_at_the_start(
    database: str, files: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_DATABASE", database)
    monkeypatch.setenv("MAZOK_FILES", files)
    with pytest.raises(SettingsError, match=rf"^MAZOK_FILES is wrong: .*{told}") as caught:
        load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("database", "files"),
    [
        ("sqlite:///data/mazok.db", "file:///srv/files"),
        ("postgresql://me@host/mazok", "/mnt/files"),
        ("postgresql://me@host/mazok", "s3://bucket/mazok"),
    ],
)
def test_what_can_be_shared_is_accepted(
    database: str, files: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_DATABASE", database)
    monkeypatch.setenv("MAZOK_FILES", files)
    assert load().files == files


def test_settings_of_s3_in_the_file_reach_its_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "settings").write_text("AWS_REGION='here' # ours\nAWS_ACCESS_KEY_ID=file\n")
    monkeypatch.setattr(StoreSettings, "settings_file", file)
    monkeypatch.setenv("AWS_REGION", "")
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "environment")
    load()
    assert os.environ["AWS_REGION"] == "here"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "environment"


def test_a_wrong_file_is_one_line_of_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "settings").write_text("MAZOK_TOKEN: 1:a\n")
    monkeypatch.setattr(StoreSettings, "settings_file", file)
    with pytest.raises(SettingsError, match="settings, line 1 is not written as NAME=value"):
        load()


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251"])
def test_a_file_in_another_encoding_is_the_settings(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / ".env").write_bytes(f"# токен\nMAZOK_TOKEN={TOKEN}\n".encode(encoding))
    monkeypatch.setattr(StoreSettings, "settings_file", file)
    assert load().bare_token == TOKEN


def test_a_start_reads_the_file_once_and_a_changed_one_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / ".env").write_text(f"MAZOK_TOKEN={TOKEN}\nMAZOK_TOKN=1\n")
    monkeypatch.setattr(StoreSettings, "settings_file", file)
    read: list[bytes] = []

    def counted(data: bytes) -> str:
        read.append(data)
        return decode(data)

    monkeypatch.setattr("store.environment.decode", counted)
    assert load().bare_token == TOKEN and EngineSettings().steps == 0
    assert unknown_settings(file) == [("MAZOK_TOKN", "MAZOK_TOKEN")] and open_to_others(file)
    assert len(read) == 1
    file.write_text("MAZOK_STEPS=7\n")
    assert EngineSettings().steps == 7


def test_settings_of_libraries_are_read_at_home_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings").write_text("AWS_REGION=home\n")
    monkeypatch.setattr(StoreSettings, "settings_file", Path("settings"))
    monkeypatch.setenv("MAZOK_HOME", str(tmp_path))
    monkeypatch.setenv("AWS_REGION", "")
    monkeypatch.delenv("AWS_REGION")
    load()
    assert os.environ["AWS_REGION"] == "home"


@pytest.mark.parametrize("value", ["@anna", "7, anna", "7;8"])
def test_an_administrator_is_a_number_and_the_bot_tells_it(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_TOKEN", "1:" + "a" * 35)
    monkeypatch.setenv("MAZOK_ADMINS", value)
    with pytest.raises(SettingsError, match=r"MAZOK_ADMINS is wrong: .*numbers.*/me"):
        load()
