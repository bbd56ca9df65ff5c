"""Durations in milliseconds, the unit of every time in the database."""

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
