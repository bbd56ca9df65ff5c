"""Landscapes drawn by a procedure: place, time of day and weather."""
