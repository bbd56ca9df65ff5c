"""Tables of messages to Telegram: the outbox, announcements, chats, broadcasts and alerts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    false,
    text,
)

from store.tables.base import Key, SafeText, metadata

_UNSENT = text("state IN ('pending', 'sending')")

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("kind", SafeText(16), nullable=False),  # of `store.model.OutboxKind`
    Column("state", SafeText(16), nullable=False, server_default="pending"),
    Column("due_ms", BigInteger, nullable=False),
    Column("token", SafeText(32)),
    Column("lease_until_ms", BigInteger),
    Column("courier", SafeText(200)),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("claims", Integer, nullable=False, server_default="0"),  # since it was last given back
    # In a row: sends that failed, and those of a new message that may have arrived.
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("unanswered", Integer, nullable=False, server_default="0"),
    # The newest id in the chat before the picture was sent, until it is known not to have arrived.
    Column("sent_behind", BigInteger),
    Column("message_id", BigInteger),  # of the message sent or edited
    Column("file_id", SafeText),  # of the picture or animation, to send it again
    Column("file_kind", SafeText(16)),  # photo, animation, document
    Column("last_error", SafeText),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("job_id", "kind"),
    CheckConstraint("state IN ('pending', 'sending', 'sent', 'undeliverable')", name="state"),
    Index(None, "chat_id", "state", "id"),
    # A claim reads each of these in its order. A planner that has counted the rows before an outage
    # takes the last two for what they are for, since nothing else is as small.
    Index(None, "state", "due_ms", "id"),
    Index(None, "state", "lease_until_ms", "id"),
    Index("ix_outbox_unsent", "chat_id", "id", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
    Index(
        "ix_outbox_acks",
        *("kind", "due_ms", "id"),
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending' AND kind = 'ack'"),
    ),
)

chats = Table(
    "chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("hold_until_ms", BigInteger, nullable=False, server_default="0"),
    # Until then, at most, some bot is editing a preview into the chat; results wait for it.
    Column("preview_until_ms", BigInteger, nullable=False, server_default="0"),
    # JSON: times of the calls of the last minute.
    Column("calls", SafeText, nullable=False, server_default="[]"),
    # The bot was blocked or removed.
    Column("gone", Boolean, nullable=False, server_default=false()),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("admin_id", BigInteger, nullable=False),
    Column("language", SafeText(8), nullable=False),  # of its progress message
    Column("text", SafeText, nullable=False),  # HTML
    Column("state", SafeText(16), nullable=False, server_default="draft"),
    Column("chat_id", BigInteger),  # of the progress message
    Column("message_id", BigInteger),
    Column("created_ms", BigInteger, nullable=False),
    CheckConstraint("state IN ('draft', 'running', 'stopped', 'done')", name="state"),
)

# Announcements, messages that belong to no job; the table keeps its old name.
letters = Table(
    "letters",
    metadata,
    Column("id", Key, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("broadcast_id", ForeignKey("broadcasts.id")),
    Column("notice", SafeText),
    Column("state", SafeText(16), nullable=False, server_default="pending"),
    Column("due_ms", BigInteger, nullable=False),
    Column("token", SafeText(32)),
    Column("lease_until_ms", BigInteger),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("claims", Integer, nullable=False, server_default="0"),  # since it was last given back
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("broadcast_id", "chat_id"),
    CheckConstraint(
        "state IN ('pending', 'sending', 'sent', 'uncertain', 'unreachable', 'failed', 'stopped')",
        name="state",
    ),
    Index(None, "state", "due_ms", "id"),
    Index(None, "state", "lease_until_ms", "id"),
)

# Problems that administrators are to be told of; repeated ones of a kind are counted in one row.
alerts = Table(
    "alerts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", SafeText(64), nullable=False),
    Column("notice", SafeText, nullable=False),  # of the newest one
    Column("count", Integer, nullable=False, server_default="1"),
    Column("created_ms", BigInteger, nullable=False),
    Column("told_ms", BigInteger),  # when it was sent to the administrators
    Index(None, "kind", "told_ms"),
)
