"""Alembic's entry point: run the migrations in the caller's transaction."""

from alembic import context

from store.database.migrate import TRANSACTIONAL
from store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    **TRANSACTIONAL,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
