"""Styles that pictures can be painted in, and the one that a user or a group has chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

WEIGHT = 0.6
STYLES = (  # Russian label and phrase, English label and phrase
    ("акварель", "акварель", "watercolour", "a watercolour painting"),
    ("масло", "картина маслом", "oil", "an oil painting"),
    ("пиксели", "пиксель-арт", "pixels", "pixel art"),
    ("мозаика", "мозаика", "mosaic", "a mosaic"),
    ("аниме", "аниме", "anime", "anime"),
    ("гравюра", "гравюра", "engraving", "an engraving"),
    ("неон", "неоновый свет", "neon", "neon lights"),
    ("детский рисунок", "детский рисунок", "child's drawing", "a child's drawing"),
)


def upgrade() -> None:
    """Add the table with its first rows, and the preference, which nobody has chosen yet."""
    table = op.create_table(
        "styles",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("russian", sa.String(100), nullable=False),
        sa.Column("english", sa.String(100), nullable=False),
        sa.Column("russian_phrase", sa.String(200), nullable=False),
        sa.Column("english_phrase", sa.String(200), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_styles")),
    )
    names = ("russian", "russian_phrase", "english", "english_phrase")
    rows = [{**dict(zip(names, row, strict=True)), "weight": WEIGHT} for row in STYLES]
    op.bulk_insert(table, rows)
    op.add_column("users", sa.Column("style", sa.String(8)))
