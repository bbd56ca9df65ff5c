"""Reads what a prompt wishes for: things, colours, places, and what is left."""
