"""Handlers of the buttons under a result."""
