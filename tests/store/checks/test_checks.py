"""Findings about the database and the file store."""

import errno
import io
import os
import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from store.checks.places import check_database, check_files
from store.checks.report import CheckFinding, CheckReport, Severity
from store.database import sqlite
from store.database.database import Database
from store.errors import DatabaseError
from store.texts import LANGUAGES, store_texts
from tests.fixtures.store import only_on_sqlite, opened, sql, url


@only_on_sqlite
async def test_a_missing_database_is_made_and_left_empty(tmp_path: Path) -> None:
    place = tmp_path / "new" / "mazok.db"
    (finding,) = await check_database(url(place))
    assert (finding.key, finding.severity) == ("check-database", Severity.OK) and place.is_file()
    async with opened(place.parent) as db:
        assert await sql(db, "SELECT count(*) FROM rules") == [(0,)]


async def test_an_older_database_is_not_migrated(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        await sql(db, "UPDATE alembic_version SET version_num = '0001'")
    (finding,) = await check_database(url(tmp_path / "mazok.db"))
    assert (finding.key, finding.severity) == ("check-database-older", Severity.NOTE)
    assert finding.values["version"] == "0001"


@only_on_sqlite
async def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (place := tmp_path / "mazok.db").write_bytes(b"not a database at all" * 100)
    (finding,) = await check_database(url(place))
    assert finding.severity is Severity.FAILED and "not a database" in str(finding.values["reason"])


@pytest.mark.parametrize(
    ("name", "trouble", "severity"),
    [
        ("SQLITE_FULL", "full", Severity.FAILED),
        ("SQLITE_READONLY_DIRECTORY", "read-only", Severity.WRONG),
        ("SQLITE_IOERR", "other", Severity.FAILED),
    ],
)
async def test_a_database_that_takes_no_writes(
    name: str, trouble: str, severity: Severity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(db: Database) -> None:
        original = sqlite3.OperationalError("what SQLite says")
        original.sqlite_errorname = name
        raise OperationalError("INSERT", {}, original)

    monkeypatch.setattr(Database, "probe", refuse)
    (finding,) = await check_database(url(tmp_path / "mazok.db"))
    assert (finding.key, finding.severity) == ("check-database-failed", severity)
    assert finding.values["trouble"] == trouble


@only_on_sqlite
async def test_a_read_only_volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(sqlite, "_make_file", refuse)
    (finding,) = await check_database(url(tmp_path / "mazok.db"))
    assert (finding.severity, finding.values["trouble"]) == (Severity.WRONG, "read-only")


@only_on_sqlite
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "Give the folder to that user (chown)"),
        (errno.EROFS, "Make it writable"),
        (errno.ENOSPC, "Free some space"),
        (errno.EIO, "the disk reports an error"),
    ],
)
async def test_a_database_that_cannot_be_opened_says_what_to_do(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(sqlite, "_make_file", refuse)
    with pytest.raises(DatabaseError, match=re.escape(words)) as caught:
        await Database.open(url(tmp_path / "mazok.db"))
    assert "cannot be opened" in str(caught.value)


@pytest.mark.parametrize("address", ["sqlite://", "mysql://host/x", "nonsense"])
async def test_an_address_that_cannot_be_used_is_wrong(address: str) -> None:
    (finding,) = await check_database(address)
    assert finding.severity is Severity.WRONG
    for language in LANGUAGES:
        assert "MAZOK_DATABASE" in store_texts()(language, finding.key, **finding.values)


async def test_a_password_is_not_shown() -> None:
    (finding,) = await check_database("postgresql+asyncpg://me:secret@127.0.0.1:9/x")
    assert finding.severity in (Severity.FAILED, Severity.WRONG) and "secret" not in str(finding)


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (place := tmp_path / "files").write_bytes(b"")
    assert check_files(str(place)).severity is not Severity.OK
    assert check_files(str(tmp_path / "new")).severity is Severity.OK


def _report(encoding: str) -> tuple[CheckReport, io.TextIOWrapper]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return CheckReport(lambda key, values: store_texts()("ru", key, **values), stream), stream


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", "✓"), ("cp1251", "+"), ("cp866", "+"), ("ascii", "+")]
)
def test_every_terminal_gets_a_line(encoding: str, mark: str) -> None:
    report, stream = _report(encoding)
    report.add([CheckFinding("check-files", {"place": "/x\n/y"})])
    written = stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert written.startswith(f"{mark} ") and written.count("\n") == 1


def test_what_both_programs_find_is_one_line() -> None:
    report, stream = _report("utf-8")
    other = CheckReport(lambda key, values: store_texts()("ru", key, **values), stream)
    full = CheckFinding("check-files-failed", {"place": "/x", "trouble": "full"}, Severity.FAILED)
    report.add([full])
    other.add([full, CheckFinding("check-files", {"place": "/y"})])
    assert stream.buffer.getvalue().decode().count("\n") == 2  # type: ignore[attr-defined]
    assert report.code == other.code == 1


def test_the_code_is_that_of_the_worst_finding() -> None:
    report, _ = _report("utf-8")
    said = {"sentence": "x"}
    for severity, code in (
        (Severity.NOTE, 0),
        (Severity.FAILED, 1),
        (Severity.WRONG, 2),
        (Severity.OK, 2),
    ):
        report.add([CheckFinding("check-said", said, severity)])
        assert report.code == code
