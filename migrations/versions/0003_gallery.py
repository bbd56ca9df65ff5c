"""Add preferences, file ids to resend, shared links and erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("users", sa.Column("shape", sa.String(length=16)))
    op.add_column("users", sa.Column("quality", sa.String(length=16)))
    op.add_column("users", sa.Column("model", sa.Text()))
    op.add_column("users", sa.Column("animation", sa.Boolean()))
    for name, default in (("animation", sa.true()), ("erased", sa.false())):
        kind = sa.Boolean()
        op.add_column("jobs", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("outbox", sa.Column("file_id", sa.Text()))
    op.add_column("outbox", sa.Column("file_kind", sa.String(length=16)))
    op.add_column("engines", sa.Column("vqgans", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "recipes",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_recipes_job_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_recipes")),
        sa.UniqueConstraint("job_id", name=op.f("uq_recipes_job_id")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_due_ms"), "erasures", ["due_ms"])
