"""Tables of users and groups: preferences, balances and the ledger."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
    false,
    text,
)

from store.tables.base import Key, SafeText, metadata

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # the Telegram id
    # Preferences of a user, or of a group (under its chat id) for its members; null: none.
    Column("language", SafeText(8)),
    Column("shape", SafeText(16)),
    Column("quality", SafeText(16)),
    Column("model", SafeText),
    Column("at_once", SafeText(8)),
    Column("animation", Boolean),
    Column("safety", SafeText(8)),
    Column("size", SafeText(8)),  # the side of a square of this area, in pixels
    Column("steps", SafeText(8)),
    Column("seed", SafeText(8)),
    Column("every", SafeText(8)),  # steps between the frames of an animation
    Column("guide", SafeText),
    Column("style", SafeText(8)),  # the id of a row of `styles`
    Column("daily", SafeText(8)),  # the language of a picture that is painted each day; null: none
    Column("speaks", SafeText(8)),  # the language at Telegram
    Column("username", SafeText(64)),  # without the @, as last seen
    Column("name", SafeText(200)),
    # Free credits used on `used_day`.
    Column("used", BigInteger, nullable=False, server_default="0"),
    Column("used_day", BigInteger),  # days since 1970, UTC
    Column("granted", BigInteger, nullable=False, server_default="0"),  # credits that do not expire
    Column("quota", BigInteger),  # free credits a day; null: the default
    Column("blocked", Boolean, nullable=False, server_default=false()),
    Column("block_reason", SafeText),
    Column("turned_away", Boolean, nullable=False, server_default=false()),  # told of the ban, once
    # Let in where not everybody is: a user, or a group with all who write there.
    Column("allowed", Boolean, nullable=False, server_default=false()),
    Column("created_ms", BigInteger, nullable=False),
    CheckConstraint("used >= 0", name="used"),
    CheckConstraint("granted >= 0", name="granted"),
    Index("ix_users_username_lower", text("lower(username)")),
)

invitations = Table(  # links that let in whoever opens them first
    "invitations",
    metadata,
    Column("token", SafeText(32), primary_key=True),
    Column("admin_id", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("used_by", BigInteger),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Key, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("delta", BigInteger, nullable=False),
    # The part of `delta` in granted credits; the rest is in that day's free ones.
    Column("granted", BigInteger, nullable=False, server_default="0"),
    Column("reason", SafeText(32), nullable=False),
    Column("job_id", ForeignKey("jobs.id")),
    Column("external_id", SafeText(200), unique=True),  # idempotency key of the entry
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("job_id", "reason"),
    Index(None, "user_id"),
)
