"""The newest message of a chat before its picture was sent, behind which it is looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; pictures on their way have not been sent anew."""
    op.add_column("outbox", sa.Column("sent_behind", sa.BigInteger()))
