"""Add changes of the stop list, safety modes and the results of the safety check."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("users", sa.Column("safety", sa.String(length=8)))
    mode = sa.Column("safety", sa.String(length=8), nullable=False, server_default="soft")
    op.add_column("jobs", mode)
    op.add_column("jobs", sa.Column("risk", sa.Float()))
    op.add_column(
        "jobs", sa.Column("unsafe", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "stops",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.String(length=200), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('stop', 'exception')", name=op.f("ck_stops_kind")),
        sa.PrimaryKeyConstraint("kind", "entry", name=op.f("pk_stops")),
    )
