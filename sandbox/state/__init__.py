"""State of the simulated Telegram: users, chats, messages, files, updates and faults."""
