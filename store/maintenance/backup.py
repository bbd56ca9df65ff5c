"""Back up a store that may be in use: a snapshot of the database first, then the files.

Files are written before the rows that name them, so the files of every picture in the snapshot
exist when the copying begins. What is deleted meanwhile was not to be kept.
"""

import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import URL, make_url

from store.errors import LocalisedError
from store.files.atomic_write import make_folder
from store.files.files import Files

DATABASE, FILES, MANIFEST = "mazok.db", "files", "backup.json"
FOLDERS = "jobs", "inputs"  # of the file store; the rest describes running processes
FORMAT = 1
LOCK_S = 60.0  # how long the snapshot waits for another process to end its commit


class BackupError(LocalisedError):
    """A backup cannot be made or restored; the text says what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds; it is written last, so a folder without it is no backup.

    tables: the revision of the tables. newest_job: the highest id of a job, 0 without one.
    """

    tables: str
    newest_job: int
    files: int
    bytes: int
    made_at: float  # seconds since 1970
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the manifest into the folder of a backup."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a backup; raise BackupError where there is none that is known."""
        try:
            values = json.loads((folder / MANIFEST).read_text("utf-8"))
            manifest = cls(**values)
        except (OSError, ValueError, TypeError):
            raise BackupError("backup-incomplete", folder=folder) from None
        if manifest.format != FORMAT:
            raise BackupError("backup-format", folder=folder)
        return manifest


def back_up(database: str, files: Files, folder: Path) -> Manifest:
    """Copy database and files into a new folder; nothing is left behind where that fails.

    Raises BackupError.
    """
    source = existing_file(database)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError("backup-exists", folder=folder)
    make_folder(folder)
    try:
        started = time.time()
        tables, newest_job = _snapshot(source, folder / DATABASE)
        count, size = _copy_files(files, folder / FILES)
        manifest = Manifest(tables, newest_job, count, size, started)
        os.sync()  # once for all files; the manifest must not be on disk before them
        manifest.write(folder)
        os.sync()
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        reason = error if isinstance(error, OSError) else str(error)
        raise BackupError("backup-failed", folder=folder, reason=reason) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return manifest


def sqlite_path(database: str) -> Path:
    """Return the file of an SQLite database; raise BackupError for another kind."""
    place: URL = make_url(database)
    if place.get_backend_name() != "sqlite" or not place.database:
        raise BackupError("backup-postgresql")
    return Path(place.database)


def existing_file(database: str) -> Path:
    """Return the file of an SQLite database; raise BackupError where there is none."""
    path = sqlite_path(database)
    if not path.is_file():
        raise BackupError("backup-no-database", path=path)
    return path


def create_private(path: Path) -> None:
    """Create an empty file that only its owner can read; it must not exist."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def check_integrity(path: Path) -> tuple[str, int]:
    """Return the revision of the tables and the newest job of a database that nobody writes.

    Raises BackupError where SQLite finds it damaged.
    """
    try:
        with closing(sqlite3.connect(path)) as db:
            found = [str(row[0]) for row in db.execute("PRAGMA integrity_check(3)")]
            if found != ["ok"]:
                raise sqlite3.DatabaseError("; ".join(found))
            [revision] = db.execute("SELECT version_num FROM alembic_version").fetchone()
            [newest] = db.execute("SELECT COALESCE(MAX(id), 0) FROM jobs").fetchone()
    except sqlite3.Error as error:
        raise BackupError("backup-damaged", reason=str(error)) from error
    return revision, newest


def _snapshot(source: Path, target: Path) -> tuple[str, int]:
    """Copy the database as it is at one moment, as a single file; return what it holds.

    In one step: a copy in several steps begins anew whenever another process commits.
    """
    create_private(target)
    with (
        closing(sqlite3.connect(source, timeout=LOCK_S)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")  # no second file beside it
    return check_integrity(target)


def _copy_files(files: Files, folder: Path) -> tuple[int, int]:
    """Copy all files below FOLDERS; return how many, and their bytes."""
    count = size = 0
    for key in (key for name in FOLDERS for key in files.keys(name)):
        try:
            data = files.read(key)
        except FileNotFoundError:  # deleted meanwhile
            continue
        path = folder / key
        make_folder(path.parent)
        create_private(path)
        path.write_bytes(data)
        count, size = count + 1, size + len(data)
    return count, size
