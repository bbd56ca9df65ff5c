"""What people say to the bot in words, and what it makes of them."""
