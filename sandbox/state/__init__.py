"""The state of the simulated Telegram: chats, messages, files, limits and faults."""
