"""Mazok against the originals: `make conformance` builds them and compares numbers."""
