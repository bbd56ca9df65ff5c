"""Indexes with which a long history slows nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ADDED = (
    ("jobs", "state", "finished_ms"),
    ("jobs", "user_id", "state", "erased", "id"),
    ("jobs", "user_id", "created_ms"),
    ("jobs", "created_ms"),
    ("inbox", "state", "done_ms"),
    ("outbox", "state", "kind", "due_ms"),
    ("outbox", "state", "lease_until_ms"),
    ("letters", "state", "lease_until_ms"),
)
REMOVED = (("jobs", "user_id", "state"), ("inbox", "done_ms"), ("users", "username"))


def upgrade() -> None:
    """Add the indexes; remove those that others begin with or take the place of."""
    for table, *columns in ADDED:
        op.create_index(_name(table, columns), table, columns)
    op.create_index(op.f("ix_users_username_lower"), "users", [sa.text("lower(username)")])
    for table, *columns in REMOVED:
        op.drop_index(_name(table, columns), table)


def _name(table: str, columns: list[str]) -> str:
    return op.f(f"ix_{table}_{'_'.join(columns)}")
