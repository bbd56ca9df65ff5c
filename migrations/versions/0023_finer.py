"""Size, steps, seed and interval of frames that a user or a group has chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the preferences, which nobody has chosen yet."""
    for name in ("size", "steps", "seed", "every"):
        op.add_column("users", sa.Column(name, sa.String(8)))
