"""The stop list: normalisation of text, matching, entries that administrators change."""
