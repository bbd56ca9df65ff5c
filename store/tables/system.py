"""Tables of the system: engines, speeds, limits, the stop list, the audit and erasures."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Table,
)

from store.tables.base import Key, SafeText, metadata

engines = Table(
    "engines",
    metadata,
    Column("name", SafeText(200), primary_key=True),
    Column("models", SafeText, nullable=False),
    Column("device", SafeText(200), nullable=False),
    Column("sizes", SafeText, nullable=False),
    # Those of `models` that users can choose.
    Column("vqgans", SafeText, nullable=False, server_default="[]"),
    Column("guides", SafeText, nullable=False, server_default="[]"),  # those that users can choose
    # What its guides of closed vocabularies can draw, by script: `store.reader.repertoire`.
    Column("repertoires", SafeText, nullable=False, server_default="{}"),
    # JSON: [free, total] bytes of the device, or null.
    Column("memory", SafeText(64), nullable=False, server_default="null"),
    # What can draw the beginning of a picture: `store.reader.drafters`.
    Column("drafters", SafeText, nullable=False, server_default="[]"),
    Column("pid", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("beat_ms", BigInteger, nullable=False),
)

processes = Table(  # every bot and engine that runs
    "processes",
    metadata,
    Column("name", SafeText(200), primary_key=True),  # host:pid
    Column("role", SafeText(16), nullable=False),  # bot, engine
    # What its operating system was started as: containers of one machine have it in common.
    Column("machine", SafeText(64), nullable=False),
    Column("beat_ms", BigInteger, nullable=False),
    Index(None, "role", "beat_ms"),
)

leases = Table(  # what only one process does at a time
    "leases",
    metadata,
    Column("name", SafeText(32), primary_key=True),
    Column("holder", SafeText(200), nullable=False),  # a process
    Column("until_ms", BigInteger, nullable=False),
)

speeds = Table(
    "speeds",
    metadata,
    Column("key", SafeText(200), primary_key=True),
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
    Column("name", SafeText(32), primary_key=True),
    Column("value", SafeText, nullable=False),
)

stops = Table(  # administrators' changes of the stop list and of its exceptions
    "stops",
    metadata,
    Column("kind", SafeText(16), primary_key=True),  # stop, exception
    Column("entry", SafeText(200), primary_key=True),
    Column("present", Boolean, nullable=False),  # false: removed from the packaged list
    CheckConstraint("kind IN ('stop', 'exception')", name="kind"),
)

styles = Table(  # that pictures can be painted in, in the order of their buttons
    "styles",
    metadata,
    Column("id", Key, primary_key=True),
    Column("russian", SafeText(100), nullable=False),  # what the button says
    Column("english", SafeText(100), nullable=False),
    Column("russian_phrase", SafeText(200), nullable=False),  # what the prompt gets
    Column("english_phrase", SafeText(200), nullable=False),
    Column("weight", Float, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("admin_id", BigInteger, nullable=False),
    Column("action", SafeText(32), nullable=False),
    Column("target_id", BigInteger),  # a user or a group
    Column("details", SafeText, nullable=False, server_default="{}"),
    Column("at_ms", BigInteger, nullable=False),
    Index(None, "target_id"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", SafeText(500), nullable=False),  # of a file, or a prefix of several
    Column("due_ms", BigInteger, nullable=False, index=True),
)
