"""Allow announcements in the state "uncertain"."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = "'pending', 'sending', 'sent', 'uncertain', 'unreachable', 'failed', 'stopped'"


def upgrade() -> None:
    """Replace the constraint on the state."""
    with op.batch_alter_table("letters") as letters:
        letters.drop_constraint(op.f("ck_letters_state"), type_="check")
        letters.create_check_constraint(op.f("ck_letters_state"), f"state IN ({STATES})")
