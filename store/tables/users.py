"""People and groups: what they chose, what they may, and what they spent."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from store.tables.base import Key, metadata

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
