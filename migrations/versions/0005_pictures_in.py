"""Add input images and albums."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and the tables."""
    op.add_column(
        "jobs", sa.Column("awaiting", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "inputs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_inputs_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inputs")),
    )
    op.create_index(op.f("ix_inputs_job_id"), "inputs", ["job_id"])
    op.create_index(op.f("ix_inputs_due_ms"), "inputs", ["due_ms"])
    op.create_table(
        "album_parts",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("album", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("file_id", sa.Text()),
        sa.Column("job_id", KEY),
        sa.Column("manner", sa.String(length=8)),
        sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_album_parts_job_id")),
        sa.PrimaryKeyConstraint("chat_id", "album", "message_id", name=op.f("pk_album_parts")),
    )
    op.create_index(op.f("ix_album_parts_user_id"), "album_parts", ["user_id"])
    op.create_index(op.f("ix_album_parts_seen_ms"), "album_parts", ["seen_ms"])
