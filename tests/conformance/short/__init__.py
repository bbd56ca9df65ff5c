"""The comparisons that need no compiler and little time (`make conformance-short`)."""
