"""Alembic's entry: runs the scripts on the connection, and in the transaction, of the caller."""

from alembic import context

from store.database.migrate import TRANSACTIONAL
from store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making a new one
    **TRANSACTIONAL,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
