"""Find the folder that relative paths in the settings are relative to."""

from collections.abc import Mapping
from os.path import expanduser
from pathlib import Path

PROJECT = Path(__file__).parents[2]
MARKS = ("pyproject.toml", "bot/__main__.py", "engine/__main__.py")  # of a checkout
VARIABLE = "MAZOK_HOME"


def default_home() -> Path:
    """Return the checkout that runs or is the current folder, else the platform's data folder.

    The current folder counts because `python -m` takes its packages from there.
    """
    for folder in (PROJECT, Path.cwd()):
        if all((folder / mark).is_file() for mark in MARKS):
            return folder
    from platformdirs import user_data_path

    return user_data_path("mazok", appauthor=False)


def settings_file(name: Path, environment: Mapping[str, str]) -> Path:
    """Return the file of settings: that of the current folder, else the one at home."""
    if name.is_file():
        return name
    home = environment.get(VARIABLE, "").strip()
    return (Path(expanduser(home)) if home else default_home()) / name


def path_at_home(path: str, home: Path) -> str:
    """Return a path of the settings as an absolute one; an address (`s3://…`) stays as it is."""
    return path if "://" in path else str(home / expanduser(path))


def database_at_home(url: str, home: Path) -> str:
    """Return the address of a database, with the absolute path of an SQLite file."""
    scheme, found, path = url.partition(":///")
    if not found or not scheme.startswith("sqlite") or path.startswith((":memory:", "file:")):
        return url
    return f"{scheme}:///{path_at_home(path, home)}" if path else url


def models_at_home(names: str, home: Path) -> str:
    """Return names of models, separated by commas, with absolute paths of those that are files.

    `ARCHITECTURE:FILE` is a file too. A name that could be one of the manifest's stays.
    """
    return ",".join(_model_at_home(name.strip(), home) for name in names.split(","))


def _model_at_home(name: str, home: Path) -> str:
    architecture, colon, path = name.rpartition(":")
    written = Path(expanduser(path))
    is_path = path.startswith("~") or "/" in path or written.suffix
    if not is_path or written.is_absolute() or not (home / written).exists():
        return name
    return f"{architecture}{colon}{home / written}"
