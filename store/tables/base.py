"""What all tables share: the naming of constraints, and the types of keys and texts."""

import re
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, String, Text, TypeDecorator

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# SQLite generates keys only for columns declared INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class SafeText(TypeDecorator[str]):
    """A text as any database can store it: without NUL and lone surrogates, and not too long.

    Telegram and machines' names are the sources. PostgreSQL refuses each of the three, SQLite lone
    surrogates only; the statement would fail on one of them, with all that is written beside it.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        """Take so many characters; None: any number."""
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text to be stored, or to be compared with a stored one."""
        if value is None:
            return None
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)[: self.length]

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return the column's type: VARCHAR with a length, TEXT without."""
        return String(self.length) if self.length else Text()
