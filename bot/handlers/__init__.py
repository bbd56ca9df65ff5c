"""What the bot does with an update: one Router for each concern."""
