"""Check that the database and the file store can be read and written."""

import sqlite3

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from store.checks.report import CheckFinding, Severity
from store.database import migrate, sqlite
from store.database.database import Database
from store.errors import DatabaseError, LocalisedError, StoreError, shown_reason
from store.faults.availability import Availability
from store.faults.disk import LASTING, causes, current_user, disk_trouble
from store.files.files import Files
from store.jobs import engines


class _Unlogged(Availability):
    """Leaves it to the finding to tell what is wrong."""

    def failed(self, error: BaseException, *, writing: bool = True) -> None:
        """Log nothing."""


async def check_database(url: str, *, count_engines: bool = False) -> list[CheckFinding]:
    """Open the database, read it and write to it; it is made if it is missing, never migrated.

    count_engines: look also for engines that are at work.
    """
    try:
        db = await _open(url)
    except DatabaseError as error:
        return [_database_finding(url, error)]
    try:
        db.availability = _Unlogged("the database")
        findings = [await _describe(db, url)]
        await db.probe()
        if count_engines:
            alive = await engines.alive_engines(db)
            names = ", ".join(sorted(engine.name for engine in alive))
            severity = Severity.OK if names else Severity.NOTE
            findings.append(CheckFinding("check-engines", {"names": names or "none"}, severity))
    except Exception as error:
        return [_database_finding(url, error)]
    finally:
        await db.close()
    return findings


def check_files(url: str) -> CheckFinding:
    """Write a small file, read it back and delete it."""
    try:
        files = Files(url)
        files.availability = _Unlogged("the file store")
        files.probe(make_folder=True)
    except Exception as error:
        return _failed("check-files-failed", "MAZOK_FILES", url, error)
    return CheckFinding("check-files", {"place": url})


async def _open(url: str) -> Database:
    """Open a database as it is, or make it where there is none."""
    try:
        return await Database.open_existing(url)
    except DatabaseError as error:
        if error.key != "database-empty" and not isinstance(error.__cause__, FileNotFoundError):
            raise
    return await Database.open(url)


async def _describe(db: Database, url: str) -> CheckFinding:
    async with db.read() as connection:
        version = await connection.run_sync(migrate.revision)
    newest = migrate.newest_revision()
    values: dict[str, object] = {"place": _shown(url), "version": version, "newest": newest}
    values["journal"] = "none"
    if make_url(url).get_backend_name() == "sqlite":
        values["journal"] = sqlite.journal_mode(sqlite3.sqlite_version_info)
        values["sqlite"] = sqlite3.sqlite_version
    if version != newest:
        return CheckFinding("check-database-older", values, Severity.NOTE)
    return CheckFinding("check-database", values)


def _database_finding(url: str, error: Exception) -> CheckFinding:
    if isinstance(error, DatabaseError) and isinstance(error.__cause__, ArgumentError | None):
        return CheckFinding(error.key, error.values, Severity.WRONG)
    return _failed("check-database-failed", "MAZOK_DATABASE", _shown(url), error)


def _failed(key: str, setting: str, place: str, error: Exception) -> CheckFinding:
    """Return the finding of an error of the disk, the server or the settings."""
    known = list(causes(error))
    trouble = disk_trouble(error)
    lasting = trouble in LASTING or any(isinstance(cause, ImportError) for cause in known)
    lasting = lasting or (isinstance(error, StoreError | ValueError) and not error.__cause__)
    reason = _reason(known[-1])
    values = {
        "place": place,
        "trouble": trouble,
        "setting": setting,
        "user": current_user(),
        "reason": reason,
    }
    return CheckFinding(key, values, Severity.WRONG if lasting else Severity.FAILED)


def _reason(error: BaseException) -> object:
    if isinstance(error, OSError | LocalisedError):
        return shown_reason(error)
    return " ".join(str(error).split()) or type(error).__name__


def _shown(url: str) -> str:
    """Return where a database is, without a password."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    return parsed.render_as_string(hide_password=True)
