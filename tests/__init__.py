"""Tests of Mazok."""
