"""The guides that an engine offers, and the one that a user or a group has chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; engines report their guides with the next heartbeat."""
    op.add_column("engines", sa.Column("guides", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("users", sa.Column("guide", sa.Text()))
