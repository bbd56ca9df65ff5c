"""The transformers of the drafters."""
