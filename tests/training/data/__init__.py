"""Tests of what the pocket models learn from."""
