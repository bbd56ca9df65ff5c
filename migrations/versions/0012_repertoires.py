"""What the guides of each engine can draw."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the repertoires; an engine of an earlier version has reported none."""
    column = sa.Column("repertoires", sa.Text(), nullable=False, server_default="{}")
    op.add_column("engines", column)
