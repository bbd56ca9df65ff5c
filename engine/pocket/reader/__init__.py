"""Reads what a prompt wishes for in the pocket world: things, colours, places, and what is left."""
