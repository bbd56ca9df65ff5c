"""Handlers of updates: one router for each concern."""
