"""Jobs, and what belongs to one: what it needs, the pictures it came with, its shared link."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    true,
)

from store.tables.base import Key, metadata

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

recipes = Table(
    "recipes",
    metadata,
    Column("token", String(32), primary_key=True),  # what a shared link carries
    Column("job_id", ForeignKey("jobs.id"), nullable=False, unique=True),
    Column("created_ms", BigInteger, nullable=False),
)
