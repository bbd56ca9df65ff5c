"""Training loop, checkpoints, command-line arguments and learning-rate schedule."""
