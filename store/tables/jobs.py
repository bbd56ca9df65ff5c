"""Tables of jobs: their required models, input images, albums and shared links."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    false,
    true,
)

from store.tables.base import Key, SafeText, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger),
    # The message with the request, to reply to; 0 if its group has got a new chat id.
    Column("message_id", BigInteger, nullable=False),
    Column("chat_type", SafeText(16), nullable=False),
    Column("language", SafeText(8), nullable=False),
    Column("animation", Boolean, nullable=False, server_default=true()),  # is sent with the picture
    # The chat's mode at the time.
    Column("safety", SafeText(8), nullable=False, server_default="soft"),
    Column("request_key", SafeText(200), nullable=False, unique=True),
    Column("request", SafeText, nullable=False),
    Column("prompt", SafeText, nullable=False),
    Column("state", SafeText(16), nullable=False, server_default="queued"),
    Column("rank", BigInteger, nullable=False),
    Column("not_before_ms", BigInteger, nullable=False, server_default="0"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    # Attempts in a row that the engine's faults ended; they do not count as attempts.
    Column("engine_faults", Integer, nullable=False, server_default="0"),
    Column("token", SafeText(32)),  # new with each claim; only its holder may write
    Column("lease_until_ms", BigInteger),
    Column("worker", SafeText(200)),
    Column("cancel", Boolean, nullable=False, server_default=false()),
    Column("keep", Boolean, nullable=False, server_default=false()),  # finish it as it is
    Column("step", Integer, nullable=False, server_default="0"),
    # 0 until an engine has reported them.
    Column("steps", Integer, nullable=False, server_default="0"),
    Column("drawn", Integer),  # per cent of a draft that is being drawn; null: it is painted
    Column("loss", Float),
    Column("preview", SafeText),
    Column("latent", SafeText),
    Column("saved_step", Integer),  # the step of `latent`
    Column("notices", SafeText, nullable=False, server_default="[]"),
    Column("result", SafeText),
    Column("error", SafeText),
    # The safety check's result: 0..1 (null: not computed), and the verdict.
    Column("risk", Float),
    Column("unsafe", Boolean, nullable=False, server_default=false()),
    Column("status_message_id", BigInteger),
    Column("price", BigInteger, nullable=False),
    Column("pixels", BigInteger),  # of the requested size; null: the model's usual one
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger),
    Column("finished_ms", BigInteger),
    Column("updated_ms", BigInteger, nullable=False),
    # The prompt and the files were erased; the row stays for the ledger.
    Column("erased", Boolean, nullable=False, server_default=false()),
    # Its images are not downloaded yet: it keeps its place and cannot be claimed.
    Column("awaiting", Boolean, nullable=False, server_default=false()),
    # Its files have been deleted after the time of retention.
    Column("expired", Boolean, nullable=False, server_default=false()),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
    Index(None, "state", "rank", "id"),
    Index(None, "state", "lease_until_ms"),
    Index(None, "state", "finished_ms"),
    Index(None, "user_id", "state", "erased", "id"),  # a gallery is counted within it
    Index(None, "user_id", "created_ms"),
    # All that the reports of a day read.
    Index(None, "created_ms", "state", "user_id", "started_ms", "finished_ms"),
    Index(None, "expired", "finished_ms"),
    sqlite_autoincrement=True,  # ids that users have seen are never reused
)

needs = Table(  # a model that a job requires
    "needs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False, index=True),
    Column("model", SafeText, nullable=False),
)

inputs = Table(  # images of a request that are still to be downloaded
    "inputs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False, index=True),
    Column("file_id", SafeText, nullable=False),  # Telegram's
    Column("key", SafeText(500), nullable=False),  # in the file store
    Column("due_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("claims", Integer, nullable=False, server_default="0"),  # since it was last given back
    Index(None, "due_ms", "id"),
)

album_parts = Table(  # messages of albums, which arrive one by one
    "album_parts",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("album", SafeText(64), primary_key=True),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("language", SafeText(8), nullable=False),
    Column("file_id", SafeText),  # null: no image
    Column("job_id", ForeignKey("jobs.id")),  # made by the text of this message
    Column("manner", SafeText(8)),
    Column("settled", Boolean, nullable=False, server_default=false()),
    Column("seen_ms", BigInteger, nullable=False, index=True),
)

recipes = Table(  # shared links
    "recipes",
    metadata,
    Column("token", SafeText(32), primary_key=True),  # part of the shared link
    Column("job_id", ForeignKey("jobs.id"), nullable=False, unique=True),
    Column("created_ms", BigInteger, nullable=False),
)
