"""Updates of Telegram, kept as they came until they have been handled."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table

from store.tables.base import SafeText, metadata

inbox = Table(
    "inbox",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, nullable=False),  # updates of one chat are handled in order
    Column("user_id", BigInteger),  # who caused it
    Column("kind", SafeText(64), nullable=False),  # "message", "callback_query", …
    Column("body", SafeText, nullable=False),  # the update as JSON; empty once it is handled
    Column("state", SafeText(16), nullable=False, server_default="waiting"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("lease_until_ms", BigInteger),
    Column("reason", SafeText(200)),  # why it was set aside
    Column("received_ms", BigInteger, nullable=False),
    Column("done_ms", BigInteger),
    CheckConstraint("state IN ('waiting', 'claimed', 'done', 'set-aside')", name="state"),
    Index(None, "state", "chat_id", "update_id"),
    Index(None, "chat_id", "state", "update_id"),
    Index(None, "user_id"),
    Index(None, "state", "done_ms"),
)
