"""Guides: networks that score how well a picture shows a phrase."""
