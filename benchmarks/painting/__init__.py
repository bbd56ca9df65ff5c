"""Measure steps of the painter: against the reference step, and in half precision."""
