"""Count in the rows what limits retries, so that the limits outlive every process."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COUNTS = (
    ("jobs", "engine_faults"),
    ("outbox", "claims"),
    ("outbox", "failures"),
    ("outbox", "unanswered"),
    ("letters", "claims"),
    ("inputs", "claims"),
)


def upgrade() -> None:
    """Add the counters."""
    for table, name in COUNTS:
        op.add_column(table, sa.Column(name, sa.Integer(), server_default="0", nullable=False))
