"""Restore the data that version 0.1.0 left behind, as if it had been made two minutes ago."""

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

SET = Path(__file__).with_name("set")
EXPECTED = json.loads((SET / "expected.json").read_text("utf-8"))
AGE_MS = 120_000
DAY_MS = 86_400_000


def restore(folder: Path) -> Path:
    """Write the database and the files into `folder`; return the database's path.

    All times move along with the clock: leases are over, nothing is old enough to expire.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SET / "files", folder / "files")
    path = folder / "mazok.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((SET / "mazok.sql").read_text("utf-8"))
        _move_times(db, int(time.time() * 1000) - AGE_MS - EXPECTED["made_ms"])
        db.commit()
    return path


def row_counts(path: Path) -> dict[str, int]:
    """Return the number of rows of each table."""
    with closing(sqlite3.connect(path)) as db:
        return {
            table: db.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]
            for table in _tables(db)
        }


def _tables(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows if not name.startswith("sqlite_")]


def _move_times(db: sqlite3.Connection, delta_ms: int) -> None:
    for table in _tables(db):
        for column in [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]:
            if column.endswith("_ms"):
                db.execute(
                    f'UPDATE "{table}" SET {column} = {column} + ? WHERE {column} > 0', [delta_ms]
                )
    now_ms = int(time.time() * 1000)
    days = now_ms // DAY_MS - (now_ms - delta_ms) // DAY_MS
    db.execute("UPDATE users SET used_day = used_day + ?", [days])
