"""Messages to users: the outbox, announcements, alerts, broadcasts and rate limits."""
