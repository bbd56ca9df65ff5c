"""The house itself: engines and how fast they are, rules, records, and what is to be erased."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    String,
    Table,
    Text,
)

from store.tables.base import Key, metadata

engines = Table(
    "engines",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("models", Text, nullable=False),
    Column("device", String(200), nullable=False),
    Column("sizes", Text, nullable=False),
    Column("vqgans", Text, nullable=False, server_default="[]"),  # those of `models` that paint
    Column("pid", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("beat_ms", BigInteger, nullable=False),
)

speeds = Table(
    "speeds",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("seconds_per_step", Float, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False, index=True),
)

rules = Table(  # what administrators changed while the bot runs; it outweighs the settings
    "rules",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

stops = Table(  # what administrators changed of the stop list and of its exceptions
    "stops",
    metadata,
    Column("kind", String(16), primary_key=True),  # stop, exception
    Column("entry", String(200), primary_key=True),
    Column("present", Boolean, nullable=False),  # false: it is in the package and was taken out
    CheckConstraint("kind IN ('stop', 'exception')", name="kind"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("admin_id", BigInteger, nullable=False),
    Column("action", String(32), nullable=False),
    Column("target_id", BigInteger),  # a person or a group
    Column("details", Text, nullable=False, server_default="{}"),
    Column("at_ms", BigInteger, nullable=False),
    Index(None, "target_id"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(500), nullable=False),  # a file of the store, or a folder of them
    Column("due_ms", BigInteger, nullable=False, index=True),
)
