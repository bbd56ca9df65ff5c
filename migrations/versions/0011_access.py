"""Let in people and groups by a list, and by invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark of those on the list, and the table of invitations."""
    op.add_column(
        "users", sa.Column("allowed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "invitations",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("admin_id", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_by", sa.BigInteger()),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_invitations")),
    )
