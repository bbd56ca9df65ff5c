"""Tests of the figures and sheets."""
