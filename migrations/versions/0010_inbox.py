"""Keep updates of Telegram until they have been dealt with."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of received updates."""
    op.create_table(
        "inbox",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), server_default="waiting", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger()),
        sa.Column("reason", sa.String(200)),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_ms", sa.BigInteger()),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'done', 'set-aside')", name=op.f("ck_inbox_state")
        ),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_state_update_id"), "inbox", ["state", "update_id"])
    op.create_index(
        op.f("ix_inbox_chat_id_state_update_id"), "inbox", ["chat_id", "state", "update_id"]
    )
    op.create_index(op.f("ix_inbox_user_id"), "inbox", ["user_id"])
    op.create_index(op.f("ix_inbox_done_ms"), "inbox", ["done_ms"])
