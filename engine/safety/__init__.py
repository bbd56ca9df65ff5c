"""Zero-shot classification of finished pictures as safe or explicit."""
