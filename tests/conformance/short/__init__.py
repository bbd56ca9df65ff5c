"""The part of the comparison that needs no compiler and little time: `make conformance-short`."""
