"""Restore a backup into an empty place."""

import shutil
from pathlib import Path

from store.errors import DatabaseError
from store.files import atomic_write
from store.files.files import Files
from store.maintenance.backup import (
    DATABASE,
    FILES,
    FOLDERS,
    BackupError,
    Manifest,
    check_integrity,
    create_private,
    sqlite_path,
)
from store.system.operating_system import sync

JOURNALS = "", "-wal", "-shm", "-journal"  # SQLite would apply those of another database


def restore(folder: Path, database: str, files: Files) -> Manifest:
    """Copy a backup to where the settings say; the database appears last, and whole.

    Nothing is replaced: raises BackupError where a database exists, or files of newer jobs, whose
    ids would be given again.
    """
    manifest = Manifest.read(folder)
    target = sqlite_path(database)
    _check_free(target, files, manifest)
    temporary = target.with_name(f".{target.name}.restoring")
    temporary.unlink(missing_ok=True)  # of a restore that was interrupted
    try:
        atomic_write.make_folder(target.parent)
        create_private(temporary)
        shutil.copyfile(folder / DATABASE, temporary)
        check_integrity(temporary)
        _check_version(temporary)
        saved = Files(str((folder / FILES).absolute()))
        for key in (key for name in FOLDERS for key in saved.keys(name)):
            files.write(key, saved.read(key))
        sync(temporary)
        temporary.rename(target)
        sync(target.parent)
    except OSError as error:
        raise BackupError("restore-failed", reason=error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return manifest


def _check_free(target: Path, files: Files, manifest: Manifest) -> None:
    for suffix in JOURNALS:
        taken = target.with_name(target.name + suffix)
        if taken.exists():
            raise BackupError("restore-taken", path=taken)
    numbers = (int(name) for name in files.folders("jobs") if name.isascii() and name.isdigit())
    if any(number > manifest.newest_job for number in numbers):
        raise BackupError("restore-newer-files")


def _check_version(path: Path) -> None:
    """Raise BackupError where the tables are of a newer version of Mazok."""
    from sqlalchemy import create_engine

    from store.database.migrate import is_current

    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            is_current(connection)
    except DatabaseError as error:
        raise BackupError(error.key, **error.values) from error
    finally:
        engine.dispose()
