"""Attacks, and the list of risks with the test of each."""
