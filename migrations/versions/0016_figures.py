"""The memory of each engine's device, and indexes for reports and for floods of updates."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OF_A_DAY = ["created_ms", "state", "user_id", "started_ms", "finished_ms"]


def upgrade() -> None:
    """Add the memory, which an engine of an earlier version has not reported, and the indexes."""
    column = sa.Column("memory", sa.String(64), nullable=False, server_default="null")
    op.add_column("engines", column)
    op.create_index(op.f(f"ix_jobs_{'_'.join(OF_A_DAY)}"), "jobs", OF_A_DAY)
    op.drop_index(op.f("ix_jobs_created_ms"), "jobs")
    first = ["state", "chat_id", "update_id"]
    op.create_index(op.f("ix_inbox_state_chat_id_update_id"), "inbox", first)
    op.drop_index(op.f("ix_inbox_state_update_id"), "inbox")
