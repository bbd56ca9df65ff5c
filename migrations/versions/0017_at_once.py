"""How many pictures a user or a group wants at once."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the preference, which nobody has chosen yet."""
    op.add_column("users", sa.Column("at_once", sa.String(8)))
