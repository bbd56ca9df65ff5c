"""The tables, for SQLite and PostgreSQL alike; every time is in milliseconds of the database."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# SQLite numbers rows by itself only where the key is declared INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # Telegram's own
    # The choices of a person, or of a group (by its number) for its members; null: none made.
    Column("language", String(8)),
    Column("shape", String(16)),
    Column("quality", String(16)),
    Column("model", Text),
    Column("animation", Boolean),
    Column("safety", String(8)),
    Column("speaks", String(8)),  # as Telegram says
    Column("username", String(64)),  # without the @, as last seen
    Column("name", String(200)),
    Column("used", BigInteger, nullable=False, server_default="0"),  # of the day's free credits
    Column("used_day", BigInteger),  # the day of `used`: days since 1970, UTC
    Column("granted", BigInteger, nullable=False, server_default="0"),  # credits that stay
    Column("quota", BigInteger),  # free credits a day; null: as many as everybody
    Column("blocked", Boolean, nullable=False, server_default=false()),
    Column("block_reason", Text),
    Column("turned_away", Boolean, nullable=False, server_default=false()),  # told so, once
    Column("created_ms", BigInteger, nullable=False),
    CheckConstraint("used >= 0", name="used"),
    CheckConstraint("granted >= 0", name="granted"),
    Index(None, "username"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger),
    # The request's, to reply to; 0 where its group has moved and left it behind.
    Column("message_id", BigInteger, nullable=False),
    Column("chat_type", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("animation", Boolean, nullable=False, server_default=true()),  # is to be sent too
    Column("safety", String(8), nullable=False, server_default="soft"),  # of its chat, when asked
    Column("request_key", String(200), nullable=False, unique=True),
    Column("request", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("state", String(16), nullable=False, server_default="queued"),
    Column("rank", BigInteger, nullable=False),
    Column("not_before_ms", BigInteger, nullable=False, server_default="0"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("token", String(32)),  # the right to write; a new one for each claim
    Column("lease_until_ms", BigInteger),
    Column("worker", String(200)),
    Column("cancel", Boolean, nullable=False, server_default=false()),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("steps", Integer, nullable=False, server_default="0"),  # 0 until an engine has said
    Column("loss", Float),
    Column("preview", Text),
    Column("latent", Text),
    Column("saved_step", Integer),  # the step of `latent`
    Column("notices", Text, nullable=False, server_default="[]"),
    Column("result", Text),
    Column("error", Text),
    # What the guide says of the finished picture: 0..1 (null: it cannot tell), and the verdict.
    Column("risk", Float),
    Column("unsafe", Boolean, nullable=False, server_default=false()),
    Column("status_message_id", BigInteger),
    Column("price", BigInteger, nullable=False),
    Column("pixels", BigInteger),  # of the size that was asked for
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger),
    Column("finished_ms", BigInteger),
    Column("updated_ms", BigInteger, nullable=False),
    # Its words and pictures were taken back: the row stays for the ledger.
    Column("erased", Boolean, nullable=False, server_default=false()),
    # Its pictures are not yet in the store: it keeps its place and is not to be claimed.
    Column("awaiting", Boolean, nullable=False, server_default=false()),
    # Its files are no longer kept.
    Column("expired", Boolean, nullable=False, server_default=false()),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
    Index(None, "state", "rank", "id"),
    Index(None, "state", "lease_until_ms"),
    Index(None, "user_id", "state"),
    Index(None, "expired", "finished_ms"),
    sqlite_autoincrement=True,  # a number that people have seen is never given out again
)

needs = Table(  # a model without which a job cannot be painted
    "needs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False, index=True),
    Column("model", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False, server_default="pending"),
    Column("due_ms", BigInteger, nullable=False),
    Column("token", String(32)),
    Column("lease_until_ms", BigInteger),
    Column("courier", String(200)),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("message_id", BigInteger),  # what was sent or edited
    Column("file_id", Text),  # of the picture or the animation in it, to be sent again by it
    Column("file_kind", String(16)),  # photo, animation, document
    Column("last_error", Text),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("job_id", "kind"),
    CheckConstraint("state IN ('pending', 'sending', 'sent', 'undeliverable')", name="state"),
    Index(None, "state", "due_ms"),
    Index(None, "chat_id", "state", "id"),
)

chats = Table(
    "chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hold_until_ms", BigInteger, nullable=False, server_default="0"),
    Column("calls", Text, nullable=False, server_default="[]"),  # times of the last minute, JSON
    Column("gone", Boolean, nullable=False, server_default=false()),  # the bot was shut out
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Key, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("delta", BigInteger, nullable=False),
    # The part of `delta` from or to the granted credits; the rest is of that day's free ones.
    Column("granted", BigInteger, nullable=False, server_default="0"),
    Column("reason", String(32), nullable=False),
    Column("job_id", ForeignKey("jobs.id")),
    Column("external_id", String(200), unique=True),  # what must not be booked twice
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("job_id", "reason"),
    Index(None, "user_id"),
)

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

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False, index=True),
)

speeds = Table(
    "speeds",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("seconds_per_step", Float, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
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

alerts = Table(  # trouble that administrators should hear of, gathered by its kind
    "alerts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("notice", Text, nullable=False),  # of the newest of them
    Column("count", Integer, nullable=False, server_default="1"),
    Column("created_ms", BigInteger, nullable=False),
    Column("told_ms", BigInteger),
    Index(None, "kind", "told_ms"),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("admin_id", BigInteger, nullable=False),
    Column("language", String(8), nullable=False),  # of its progress
    Column("text", Text, nullable=False),  # HTML
    Column("state", String(16), nullable=False, server_default="draft"),
    Column("chat_id", BigInteger),  # where its progress is shown, and in which message
    Column("message_id", BigInteger),
    Column("created_ms", BigInteger, nullable=False),
    CheckConstraint("state IN ('draft', 'running', 'stopped', 'done')", name="state"),
)

letters = Table(  # messages that belong to no job: alerts and broadcasts
    "letters",
    metadata,
    Column("id", Key, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("broadcast_id", ForeignKey("broadcasts.id")),
    Column("notice", Text),
    Column("state", String(16), nullable=False, server_default="pending"),
    Column("due_ms", BigInteger, nullable=False),
    Column("token", String(32)),
    Column("lease_until_ms", BigInteger),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("broadcast_id", "chat_id"),
    CheckConstraint(
        "state IN ('pending', 'sending', 'sent', 'uncertain', 'unreachable', 'failed', 'stopped')",
        name="state",
    ),
    Index(None, "state", "due_ms"),
)

recipes = Table(
    "recipes",
    metadata,
    Column("token", String(32), primary_key=True),  # what a shared link carries
    Column("job_id", ForeignKey("jobs.id"), nullable=False, unique=True),
    Column("created_ms", BigInteger, nullable=False),
)

inputs = Table(  # pictures that came with a request and are still to be fetched
    "inputs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False, index=True),
    Column("file_id", Text, nullable=False),  # Telegram's
    Column("key", String(500), nullable=False),  # where it is to lie in the store
    Column("due_ms", BigInteger, nullable=False, index=True),
    Column("tries", Integer, nullable=False, server_default="0"),
)

album_parts = Table(  # messages of an album, which come one by one
    "album_parts",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("album", String(64), primary_key=True),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("file_id", Text),  # null: no picture
    Column("job_id", ForeignKey("jobs.id")),  # made by the words that this part has
    Column("manner", String(8)),
    Column("settled", Boolean, nullable=False, server_default=false()),
    Column("seen_ms", BigInteger, nullable=False, index=True),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(500), nullable=False),  # a file of the store, or a folder of them
    Column("due_ms", BigInteger, nullable=False, index=True),
)
