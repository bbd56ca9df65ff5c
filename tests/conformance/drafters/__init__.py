"""Compare the drafters with the original packages, at small random weights."""
