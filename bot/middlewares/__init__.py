"""aiogram middlewares: retries, users and bans, forged callback data."""
