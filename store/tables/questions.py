"""Tables of what the guides are asked, and of the vectors by which pictures are found."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
)

from store.tables.base import Key, SafeText, metadata

questions = Table(  # of users, which an engine answers beside its painting
    "questions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", SafeText(16), nullable=False),  # of `store.questions.questions.QuestionKind`
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("language", SafeText(8), nullable=False),
    Column("text", SafeText, nullable=False, server_default=""),
    Column("image", SafeText(500)),  # a key in the file store
    Column("state", SafeText(16), nullable=False, server_default="pending"),
    Column("due_ms", BigInteger, nullable=False),
    Column("token", SafeText(32)),
    Column("lease_until_ms", BigInteger),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("claims", Integer, nullable=False, server_default="0"),
    Column("answer", SafeText),  # JSON
    Column("created_ms", BigInteger, nullable=False, index=True),
    Column("expires_ms", BigInteger, nullable=False),  # nobody waits for the answer then
    CheckConstraint("state IN ('pending', 'sending', 'answered', 'failed')", name="state"),
    Index(None, "state", "due_ms"),
    Index(None, "state", "lease_until_ms"),
)

vectors = Table(  # of finished pictures
    "vectors",
    metadata,
    Column("job_id", ForeignKey("jobs.id"), primary_key=True),
    Column("guide", SafeText(200), primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # of length 1, float16
)
