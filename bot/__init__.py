"""The Telegram bot: store users' requests as jobs, and deliver what the engine makes of them."""
