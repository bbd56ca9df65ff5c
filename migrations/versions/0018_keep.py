"""Whether a picture is to be finished as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the flag, which no job has yet."""
    op.add_column(
        "jobs", sa.Column("keep", sa.Boolean(), nullable=False, server_default=sa.false())
    )
