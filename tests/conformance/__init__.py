"""Compare the networks and tokenizers with the original packages (`make conformance`)."""
