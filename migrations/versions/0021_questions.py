"""Questions that the guides answer, and the vectors by which pictures are found."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add both tables; pictures that were painted before have no vectors."""
    op.create_table(
        "questions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False, server_default=""),
        sa.Column("image", sa.String(500)),
        sa.Column("state", sa.String(16), nullable=False, server_default="pending"),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("token", sa.String(32)),
        sa.Column("lease_until_ms", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("claims", sa.Integer, nullable=False, server_default="0"),
        sa.Column("answer", sa.Text),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'answered', 'failed')",
            name=op.f("ck_questions_state"),
        ),
    )
    for columns in (["user_id"], ["created_ms"], ["state", "due_ms"], ["state", "lease_until_ms"]):
        op.create_index(op.f(f"ix_questions_{'_'.join(columns)}"), "questions", columns)
    op.create_table(
        "vectors",
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("guide", sa.String(200), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "guide", name=op.f("pk_vectors")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_vectors_job_id_jobs")),
    )
