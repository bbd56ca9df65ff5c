"""Everything that sends to Telegram: results, progress, replies, announcements, rate limits."""
