"""Let each claim of a queue follow an index, whatever the server believes to be in the table."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """End the indexes of queues with the id; add two of the unsent messages alone."""
    for table in ("outbox", "letters"):
        for column in ("due_ms", "lease_until_ms"):
            op.drop_index(f"ix_{table}_state_{column}", table)
            op.create_index(f"ix_{table}_state_{column}_id", table, ["state", column, "id"])
    op.drop_index("ix_inputs_due_ms", "inputs")
    op.create_index("ix_inputs_due_ms_id", "inputs", ["due_ms", "id"])
    op.drop_index("ix_outbox_state_kind_due_ms", "outbox")
    unsent = sa.text("state IN ('pending', 'sending')")
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["chat_id", "id"],
        sqlite_where=unsent,
        postgresql_where=unsent,
    )
    if op.get_bind().dialect.name == "postgresql":
        # Else the server counts them anew when a tenth has changed: never after an outage where
        # the history is long, and it reads all that waits since it believes that nothing does.
        for table in ("outbox", "letters", "inbox", "jobs"):
            often = "autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000"
            op.execute(f"ALTER TABLE {table} SET ({often}, autovacuum_vacuum_scale_factor = 0.02)")
    op.create_index(
        "ix_outbox_acks",
        "outbox",
        ["kind", "due_ms", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending' AND kind = 'ack'"),
    )
