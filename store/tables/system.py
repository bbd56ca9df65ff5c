"""Tables of the system: engines, speeds, limits, the stop list, the audit and erasures."""

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
    # Those of `models` that users can choose.
    Column("vqgans", Text, nullable=False, server_default="[]"),
    # What its guides of closed vocabularies can draw, by script: `store.reader.repertoire`.
    Column("repertoires", Text, nullable=False, server_default="{}"),
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

rules = Table(  # limits changed at run time, which override the settings
    "rules",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

stops = Table(  # administrators' changes of the stop list and of its exceptions
    "stops",
    metadata,
    Column("kind", String(16), primary_key=True),  # stop, exception
    Column("entry", String(200), primary_key=True),
    Column("present", Boolean, nullable=False),  # false: removed from the packaged list
    CheckConstraint("kind IN ('stop', 'exception')", name="kind"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("admin_id", BigInteger, nullable=False),
    Column("action", String(32), nullable=False),
    Column("target_id", BigInteger),  # a user or a group
    Column("details", Text, nullable=False, server_default="{}"),
    Column("at_ms", BigInteger, nullable=False),
    Index(None, "target_id"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(500), nullable=False),  # of a file, or a prefix of several
    Column("due_ms", BigInteger, nullable=False, index=True),
)
