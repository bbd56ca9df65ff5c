"""Receive updates from Telegram, store them, and give them to the handlers."""
