"""Which models exist, where they are published and which of them are on disk."""
