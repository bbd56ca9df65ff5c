"""Bringing a database's tables up to date, with Alembic and the scripts in `migrations/`."""

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import migrations
from store.errors import DatabaseError

LOCK = 0x6D617A6F6B  # "mazok": any number that other programs do not use
# Also on SQLite, where Alembic would not assume it: our driver leaves transactions to us.
TRANSACTIONAL: dict[str, Any] = {"transactional_ddl": True}


def config(connection: Connection | None = None) -> Config:
    """Alembic's own, for our scripts and the caller's connection."""
    made = Config()
    folder = str(Path(migrations.__file__).parent)
    made.set_main_option("script_location", folder.replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


@cache
def _scripts() -> ScriptDirectory:
    """Read once: a program that runs gets no new ones."""
    return ScriptDirectory.from_config(config())


def is_current(connection: Connection) -> bool:
    """DatabaseError where a newer version has been here, whose tables we do not know."""
    scripts = _scripts()
    heads = MigrationContext.configure(connection, opts=TRANSACTIONAL).get_current_heads()
    known = {script.revision for script in scripts.walk_revisions()}
    if not known.issuperset(heads):
        raise DatabaseError(
            f"The database was made by a newer version of Mazok (its tables are at "
            f"{', '.join(heads)}, this version knows {scripts.get_current_head()}): update Mazok."
        )
    return set(heads) == set(scripts.get_heads())


def upgrade(connection: Connection) -> None:
    """To the newest tables, inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if not is_current(connection):  # another process may have been faster
        command.upgrade(config(connection), "head")
