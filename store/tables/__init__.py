"""The tables, for SQLite and PostgreSQL; every time is in milliseconds of the database's clock."""

from store.tables.base import metadata
from store.tables.inbox import inbox
from store.tables.jobs import album_parts, inputs, jobs, needs, recipes
from store.tables.messages import alerts, broadcasts, chats, letters, outbox
from store.tables.questions import questions, vectors
from store.tables.system import (
    audit,
    engines,
    erasures,
    leases,
    processes,
    rules,
    speeds,
    stops,
    styles,
    updates,
)
from store.tables.users import invitations, ledger, users

__all__ = [
    "album_parts",
    "alerts",
    "audit",
    "broadcasts",
    "chats",
    "engines",
    "erasures",
    "inbox",
    "inputs",
    "invitations",
    "jobs",
    "leases",
    "ledger",
    "letters",
    "metadata",
    "needs",
    "outbox",
    "processes",
    "questions",
    "recipes",
    "rules",
    "speeds",
    "stops",
    "styles",
    "updates",
    "users",
    "vectors",
]
