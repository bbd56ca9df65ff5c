"""Handlers of the administrators' commands."""
