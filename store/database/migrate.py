"""Migrate a database to the newest tables, with Alembic and the scripts in `migrations/`."""

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import migrations
from store.database.postgresql import MIGRATION_LOCK
from store.errors import DatabaseError

# Also on SQLite, where Alembic's default is False.
TRANSACTIONAL: dict[str, Any] = {"transactional_ddl": True}


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for our scripts and the caller's connection."""
    configuration = Config()
    folder = str(Path(migrations.__file__).parent)
    configuration.set_main_option("script_location", folder.replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration


@cache
def _scripts() -> ScriptDirectory:
    """Return the scripts, which are read once per process."""
    return ScriptDirectory.from_config(config())


def is_current(connection: Connection) -> bool:
    """Return whether the tables are the newest; DatabaseError if they are of a newer version."""
    scripts = _scripts()
    heads = MigrationContext.configure(connection, opts=TRANSACTIONAL).get_current_heads()
    known = {script.revision for script in scripts.walk_revisions()}
    if not known.issuperset(heads):
        values = {"tables": ", ".join(heads), "known": scripts.get_current_head()}
        raise DatabaseError("database-newer", **values)
    return set(heads) == set(scripts.get_heads())


def revision(connection: Connection) -> str | None:
    """Return the revision of the tables; None where there are none."""
    heads = MigrationContext.configure(connection, opts=TRANSACTIONAL).get_current_heads()
    return heads[0] if heads else None


def newest_revision() -> str | None:
    """Return the revision that this version knows as the newest."""
    return _scripts().get_current_head()


def upgrade(connection: Connection) -> None:
    """Migrate to the newest tables, in the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    if not is_current(connection):  # another process may have been faster
        command.upgrade(config(connection), "head")
