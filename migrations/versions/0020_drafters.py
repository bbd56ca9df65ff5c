"""What can draw the beginning of a picture at each engine."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the drafters; an engine of an earlier version has reported none."""
    column = sa.Column("drafters", sa.Text(), nullable=False, server_default="[]")
    op.add_column("engines", column)
