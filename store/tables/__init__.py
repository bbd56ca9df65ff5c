"""The tables, for SQLite and PostgreSQL alike; every time is in milliseconds of the database."""

from store.tables.base import metadata
from store.tables.house import audit, engines, erasures, rules, speeds, stops, updates
from store.tables.people import ledger, users
from store.tables.post import alerts, broadcasts, chats, letters, outbox
from store.tables.work import album_parts, inputs, jobs, needs, recipes

__all__ = [
    "album_parts",
    "alerts",
    "audit",
    "broadcasts",
    "chats",
    "engines",
    "erasures",
    "inputs",
    "jobs",
    "ledger",
    "letters",
    "metadata",
    "needs",
    "outbox",
    "recipes",
    "rules",
    "speeds",
    "stops",
    "updates",
    "users",
]
