"""Administrators' commands and statistics."""
