"""Users: preferences, credits, limits."""
