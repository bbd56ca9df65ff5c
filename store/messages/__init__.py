"""Messages owed to people: outbox, announcements, alerts and rate limits."""
