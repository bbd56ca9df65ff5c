"""From a Telegram message to a job in the store."""
