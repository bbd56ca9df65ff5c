"""Read settings as people write them: the environment, `docker --env-file`, `.env` by hand."""

import codecs
import difflib
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from store.errors import SettingsFileError
from store.system.home import settings_file

PREFIX = "MAZOK_"
S3_PREFIX = "AWS_"  # names that every program for S3 knows
NAMES = (
    "ACCESS",
    "ADMINS",
    "BATCH",
    "BOT_API",
    "BOT_API_FILES",
    "CLIP",
    "DAILY_CREDITS",
    "DATABASE",
    "DEVICE",
    "FILES",
    "GROUP_CREDITS",
    "HOME",
    "JOB_MINUTES",
    "KEEP_DAYS",
    "LEASE_SECONDS",
    "LOG",
    "METRICS",
    "MODELS",
    "PRECISION",
    "PROXY",
    "RUCLIP",
    "SAFETY",
    "SAFETY_LEAST",
    "STEPS",
    "STRANGERS",
    "THREADS",
    "TOKEN",
    "VQGAN",
    "WAITING_ALL",
    "WAITING_EACH",
    "WEBHOOK",
    "WEBHOOK_LISTEN",
)
_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@")  # in a URL
_COMMENT = re.compile(r"\s+#.*$", re.DOTALL)
_ASSIGNMENT = re.compile(r"\s*(?:#|$|(?:export\s+)?[A-Za-z_]\w*\s*=)")


class EnvironmentSource(PydanticBaseSettingsSource):
    """Read fields from `.env` and the environment, which wins, and clean their values."""

    def __init__(self, settings: type[BaseSettings], file: Path | None) -> None:
        super().__init__(settings)
        self._values = read_values(os.environ, file)
        export(file, S3_PREFIX)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the cleaned text of a field, or None where it is unset or empty."""
        return self._values.get(field_name.upper()), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return every field that is set."""
        names = (name for name in self.settings_cls.model_fields if name.upper() in self._values)
        return {name: self._values[name.upper()] for name in names}


def read_values(environment: Mapping[str, str], file: Path | None) -> dict[str, str]:
    """Return the settings by their names without prefix, cleaned; empty ones are left out.

    file: its name, relative to the current folder or to `MAZOK_HOME`.

    Raises SettingsFileError for a file that cannot be read or has a line that is no assignment.
    """
    written = dict(environment)
    if file is not None:
        written = {**_file_values(settings_file(file, environment)), **written}
    found = {}
    for name, value in written.items():
        if name.upper().startswith(PREFIX) and (text := clean(value)):
            found[name.upper().removeprefix(PREFIX)] = text
    return found


def export(file: Path | None, prefix: str) -> None:
    """Give names with this prefix that only the file has to libraries that read the environment.

    file: its name, as for `read_values`.
    """
    if file is None:
        return
    for name, value in _file_values(settings_file(file, os.environ)).items():
        if name.startswith(prefix) and (text := clean(value)):
            os.environ.setdefault(name, text)


def clean(value: str) -> str:
    """Remove blanks, one pair of quotes and a comment behind the value.

    `docker --env-file` hands over everything behind the first `=`, quotes and comments included.
    """
    value = value.strip()
    if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
        rest = value[end + 1 :].strip()
        if not rest or rest.startswith("#"):
            return value[1:end].strip()
    return _COMMENT.sub("", value).strip()


def decode(data: bytes) -> str:
    """Return the text of a file in UTF-8 or UTF-16, with or without a mark, or in CP1251."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    if b"\0" in data[:2]:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251")


def unknown_names(names: Iterable[str]) -> list[tuple[str, str | None]]:
    """Return each name with our prefix that no setting has, with the nearest that one has."""
    found = []
    for name in sorted(set(names)):
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.6)
            found.append((PREFIX + name, PREFIX + near[0] if near else None))
    return found


def unknown_settings(file: Path | None) -> list[tuple[str, str | None]]:
    """Return the unknown names of the environment and of a file, as `unknown_names` does."""
    return unknown_names(read_values(os.environ, file))


def open_to_others(file: Path | None) -> Path | None:
    """Return the file of settings if other users of this machine can read secrets in it."""
    if file is None or os.name != "posix":
        return None
    path = settings_file(file, os.environ)
    values = _file_values(path)
    secret = clean(values.get(f"{PREFIX}TOKEN", "")) or any(
        _PASSWORD.search(value) for value in values.values()
    )
    return path if secret and path.stat().st_mode & 0o077 else None


def _file_values(path: Path) -> Mapping[str, str]:
    """Return what a file says; it is read anew only after it was changed."""
    if not path.is_file():
        return {}
    status = path.stat()
    return _read_file(path.absolute(), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1)
def _read_file(path: Path, changed_ns: int, size_bytes: int) -> Mapping[str, str]:
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise SettingsFileError(
            "settings-file-unreadable", path=str(path), reason=error.strerror or ""
        ) from None
    except UnicodeDecodeError:
        raise SettingsFileError("settings-file-encoding", path=str(path)) from None
    for number, line in enumerate(text.splitlines(), 1):
        if PREFIX in line and not _ASSIGNMENT.match(line):
            raise SettingsFileError("settings-file-line", path=str(path), line=number)
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}
