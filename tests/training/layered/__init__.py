"""Tests of the models that draw composed pictures."""
