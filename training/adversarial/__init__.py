"""Adversarial training: pictures painted by the guide as its negatives, and a critic of patches."""
