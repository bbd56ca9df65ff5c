"""Texts, captions, keyboards and charts: pure functions from data to what users see."""
