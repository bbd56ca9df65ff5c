"""Chats that ask for a picture each day."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the language of that picture, which no chat has asked for yet."""
    op.add_column("users", sa.Column("daily", sa.String(8)))
