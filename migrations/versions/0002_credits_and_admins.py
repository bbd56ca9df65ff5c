"""Add daily and granted credits, profiles, runtime limits, the audit, alerts and broadcasts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the users' balances and add the tables."""
    with op.batch_alter_table("users") as users:
        users.drop_constraint(op.f("ck_users_credits"), type_="check")
        # The balance is replaced by the use of a day; everybody starts with a new day.
        users.drop_column("credits")
        users.drop_column("refilled_day")
        users.add_column(sa.Column("speaks", sa.String(length=8)))
        users.add_column(sa.Column("username", sa.String(length=64)))
        users.add_column(sa.Column("name", sa.String(length=200)))
        users.add_column(sa.Column("used", sa.BigInteger(), server_default="0", nullable=False))
        users.add_column(sa.Column("used_day", sa.BigInteger()))
        users.add_column(sa.Column("granted", sa.BigInteger(), server_default="0", nullable=False))
        users.add_column(sa.Column("quota", sa.BigInteger()))
        users.add_column(sa.Column("block_reason", sa.Text()))
        users.create_check_constraint(op.f("ck_users_used"), "used >= 0")
        users.create_check_constraint(op.f("ck_users_granted"), "granted >= 0")
        users.create_index(op.f("ix_users_username"), ["username"])
    with op.batch_alter_table("chats") as chats:
        chats.add_column(sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("ledger") as ledger:
        ledger.add_column(sa.Column("granted", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("DELETE FROM ledger WHERE reason = 'daily'")  # such entries are no longer written
    op.create_table(
        "rules",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rules")),
    )
    op.create_table(
        "audit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("admin_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.BigInteger()),
        sa.Column("details", sa.Text(), server_default="{}", nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_target_id"), "audit", ["target_id"])
    op.create_table(
        "alerts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("told_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_kind_told_ms"), "alerts", ["kind", "told_ms"])
    op.create_table(
        "broadcasts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("admin_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="draft", nullable=False),
        sa.Column("chat_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'stopped', 'done')", name=op.f("ck_broadcasts_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_table(
        "letters",
        sa.Column("id", KEY, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", KEY),
        sa.Column("notice", sa.Text()),
        sa.Column("state", sa.String(length=16), server_default="pending", nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.String(length=32)),
        sa.Column("lease_until_ms", sa.BigInteger()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'unreachable', 'failed', 'stopped')",
            name=op.f("ck_letters_state"),
        ),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_letters_broadcast_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint(
            "broadcast_id", "chat_id", name=op.f("uq_letters_broadcast_id_chat_id")
        ),
    )
    op.create_index(op.f("ix_letters_state_due_ms"), "letters", ["state", "due_ms"])
