"""Alembic's entry point: run the migrations in the caller's transaction."""

from typing import Any, Literal

from alembic import context

from store.database.migrate import TRANSACTIONAL
from store.tables import metadata
from store.tables.base import SafeText


def _plain(kind: str, item: Any, _: object) -> str | Literal[False]:
    """Write our type of texts as the type of its column."""
    if kind != "type" or not isinstance(item, SafeText):
        return False
    return f"sa.String(length={item.length})" if item.length else "sa.Text()"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    **TRANSACTIONAL,
    compare_type=True,
    render_item=_plain,
)
with context.begin_transaction():
    context.run_migrations()
