"""Add the mark of jobs whose files have expired."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index."""
    expired: sa.Column[bool] = sa.Column(
        "expired", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("jobs", expired)
    op.create_index(op.f("ix_jobs_expired_finished_ms"), "jobs", ["expired", "finished_ms"])
