"""Relative paths of the settings hang on one folder, wherever the program is started."""

from pathlib import Path

import pytest

from bot.settings import load
from engine.settings import EngineSettings
from store.environment import read_values
from store.settings import StoreSettings
from store.system import home
from store.system.home import MARKS, database_at_home, default_home, models_at_home, path_at_home

ROOT = Path(__file__).parents[3]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend that the packages are installed; return the platform's folder for data."""
    monkeypatch.setattr(home, "PROJECT", tmp_path / "site-packages")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "share" / "mazok"


def test_a_checkout_keeps_its_data_wherever_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = EngineSettings()
    assert settings.models == ROOT / "data" / "models"
    assert settings.files == str(ROOT / "data" / "files")
    assert settings.database == f"sqlite+aiosqlite:///{ROOT}/data/mazok.db"


def test_an_installed_program_keeps_its_data_where_the_platform_says(installed: Path) -> None:
    assert default_home() == installed
    assert StoreSettings().files == str(installed / "data" / "files")


def test_an_installed_program_started_in_a_checkout_uses_that_one(
    installed: Path, tmp_path: Path
) -> None:
    for mark in MARKS:
        (tmp_path / mark).parent.mkdir(exist_ok=True)
        (tmp_path / mark).touch()
    assert default_home() == tmp_path


@pytest.mark.parametrize("value", ["~/mazok", "/elsewhere"])
def test_the_folder_can_be_set(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("MAZOK_HOME", value)
    folder = Path(value.replace("~", "/home/me"))
    assert EngineSettings().models == folder / "data" / "models"
    assert load().database == f"sqlite+aiosqlite:///{folder}/data/mazok.db"


def test_the_file_of_settings_is_found_at_home_where_the_current_folder_has_none(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.mkdir(parents=True)
    (installed / ".env").write_text("MAZOK_STEPS=5\n")
    assert read_values({}, Path(".env")) == {"STEPS": "5"}
    (other := tmp_path / "other").mkdir()
    (other / ".env").write_text("MAZOK_STEPS=6\n")
    assert read_values({"MAZOK_HOME": str(other)}, Path(".env"))["STEPS"] == "6"
    monkeypatch.chdir(other)
    assert read_values({}, Path(".env")) == {"STEPS": "6"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("data/files", "/home/data/files"),
        ("/srv/files", "/srv/files"),
        ("s3://bucket/files", "s3://bucket/files"),
        ("memory://", "memory://"),
    ],
)
def test_addresses_and_absolute_paths_stay(written: str, meant: str) -> None:
    assert path_at_home(written, Path("/home")) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite:////home/x.db"),
        ("sqlite+aiosqlite:///x.db?timeout=3", "sqlite+aiosqlite:////home/x.db?timeout=3"),
        ("sqlite+aiosqlite:////srv/x.db", "sqlite+aiosqlite:////srv/x.db"),
        ("sqlite+aiosqlite:///:memory:", "sqlite+aiosqlite:///:memory:"),
        ("sqlite+aiosqlite://", "sqlite+aiosqlite://"),
        ("postgresql+asyncpg:///mazok", "postgresql+asyncpg:///mazok"),
        ("nonsense", "nonsense"),
    ],
)
def test_only_files_of_databases_have_a_folder(written: str, meant: str) -> None:
    assert database_at_home(written, Path("/home")) == meant


def test_files_of_models_hang_on_the_folder_and_names_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.ckpt").touch()
    (tmp_path / "pocket").mkdir()
    (tmp_path / "more").mkdir()
    names = "pocket,ViT-B-32/openai, ViT-B-32:mine.ckpt,mine.ckpt,./more,absent.ckpt"
    assert models_at_home(names, tmp_path).split(",") == [
        "pocket",
        "ViT-B-32/openai",
        f"ViT-B-32:{tmp_path}/mine.ckpt",
        f"{tmp_path}/mine.ckpt",
        f"{tmp_path}/more",
        "absent.ckpt",
    ]
