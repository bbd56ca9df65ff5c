"""Finished pictures: gallery, shared links, expiry and erasure."""
