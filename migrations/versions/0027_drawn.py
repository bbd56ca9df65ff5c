"""How far a draft is drawn, which the status message shows."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; engines report it with the next heartbeat."""
    op.add_column("jobs", sa.Column("drawn", sa.Integer()))
